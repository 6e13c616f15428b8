# Sourced by ./mvnw where MAVEN_HOME is known: unpacks the Maven that lies in .mvn/wrapper to there, unless it is there already.
# Needs tar, gzip and sha512sum (or shasum, as on macOS). Sets nothing that ./mvnw reads.
# MAVEN_HOME appears whole, by one rename, whoever else is doing the same; a death before that leaves a folder that nobody reads.
maven_archive="$scriptDir/.mvn/wrapper/$distributionUrlNameMain-bin.tar.gz"

maven_check() { # refuses an archive that is not the one whose checksum lies beside it
  if command -v sha512sum >/dev/null; then
    found=$(sha512sum <"$maven_archive")
  elif command -v shasum >/dev/null; then
    found=$(shasum -a 512 <"$maven_archive")
  else
    die "holdfast: cannot check Maven's archive: neither sha512sum nor shasum is on PATH; install one (Debian: coreutils)"
  fi
  expected=$(trim "$(cat "$maven_archive.sha512")")
  [ "${found%% *}" = "$expected" ] ||
    die "holdfast: Maven's archive is damaged: file=$maven_archive, sha512=${found%% *}, expected=$expected; restore it with git checkout"
}

maven_unpack() {
  mkdir -p -- "${MAVEN_HOME%/*}"
  unpacked=$(mktemp -d "${MAVEN_HOME%/*}/.unpack.XXXXXX") || die "holdfast: cannot unpack Maven: no new folder in ${MAVEN_HOME%/*}"
  trap 'rm -rf -- "$unpacked"' EXIT
  trap 'exit 1' HUP INT TERM
  tar -xzf "$maven_archive" -o -C "$unpacked" || die "holdfast: cannot unpack Maven: archive=$maven_archive, to=$unpacked"
  # Under the name it is to have: a rename onto what somebody else has just put there then fails instead of going inside it.
  mv -- "$unpacked/$distributionUrlNameMain" "$unpacked/${MAVEN_HOME##*/}"
  mv -f -- "$unpacked/${MAVEN_HOME##*/}" "${MAVEN_HOME%/*}/" 2>/dev/null || [ -d "$MAVEN_HOME" ] ||
    die "holdfast: cannot move Maven into place: from=$unpacked, to=$MAVEN_HOME"
  rm -rf -- "$unpacked"
  trap - EXIT HUP INT TERM
}

if [ ! -d "$MAVEN_HOME" ]; then
  maven_check
  maven_unpack
fi
