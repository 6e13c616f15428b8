# Sourced by ./holdfast and ./mvnw: finds a JDK that is new enough and exports JAVA_HOME, or says what to install and returns 1.
# A JAVA_HOME that is new enough wins; then the java on PATH; then the usual folders are searched.
jdk_needed=25

jdk_feature() { # sets feature to the feature number of the JDK at $1, or to 0
  feature=0
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  while IFS='="' read -r key _ version _; do
    [ "$key" = JAVA_VERSION ] || continue
    feature=${version%%[!0-9]*}
    feature=${feature:-0}
  done <"$1/release"
}

jdk_of_path() { # prints the home of the java on PATH, or nothing
  java=$(command -v java) || return 0
  java=$(readlink -f "$java" 2>/dev/null) || return 0
  printf '%s\n' "${java%/bin/java}"
}

jdk_search() { # prints the first JDK that is new enough, or nothing
  set +f
  for home in "$(jdk_of_path)" /usr/lib/jvm/* "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* \
    "${HOME-}"/.asdf/installs/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    jdk_feature "$home"
    if [ "$feature" -ge "$jdk_needed" ]; then
      printf '%s\n' "$home"
      return
    fi
  done
}

jdk_feature "${JAVA_HOME:-/nonexistent}"
if [ "$feature" -lt "$jdk_needed" ]; then
  found=$(jdk_search) # in a subshell: the search needs globbing, which the caller may have turned off
  if [ -z "$found" ]; then
    echo "holdfast: no JDK $jdk_needed or newer found: JAVA_HOME=${JAVA_HOME:-(unset)};" \
      "also looked at java on PATH, the system's JDK folders, SDKMAN, asdf, Homebrew, /opt." >&2
    echo "Install one, for example Temurin $jdk_needed or Debian's openjdk-$jdk_needed-jdk, or set JAVA_HOME to where it is." >&2
    return 1
  fi
  JAVA_HOME=$found
  export JAVA_HOME
fi
