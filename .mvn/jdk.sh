# Sourced by ./mvnw and ./holdfast: finds a JDK that is new enough and exports JAVA_HOME.
# A JAVA_HOME that is new enough wins; otherwise the usual folders are searched.
need=25
jdk_major() { # prints the feature number of the JDK at $1, or nothing
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] &&
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}
if [ "$(jdk_major "${JAVA_HOME:-/nonexistent}" || echo 0)" -ge "$need" ] 2>/dev/null; then :; else
  found=
  set +f
  for d in /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
    "$HOME"/.asdf/installs/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    m=$(jdk_major "$d" || echo 0)
    if [ "${m:-0}" -ge "$need" ]; then found=$d; break; fi
  done
  set -f
  if [ -z "$found" ]; then
    echo "holdfast: no JDK $need or newer found (looked at JAVA_HOME, the system's JDK folder, SDKMAN, asdf, /opt)." >&2
    echo "Install one, for example Temurin $need or Debian's openjdk-$need-jdk, or set JAVA_HOME to where it is." >&2
    exit 1
  fi
  JAVA_HOME=$found
  export JAVA_HOME
fi

# The wrapper fetches its Maven from MVNW_REPOURL. Unset, it is the central repository as an installed Maven knows it.
maven_repository_of_installed_maven() {
  mvn=$(command -v mvn) || return 1
  home=$(dirname "$(dirname "$(readlink -f "$mvn")")")
  set +f
  for jar in "$home"/lib/maven-model-builder-*.jar; do
    set -f
    unzip -p "$jar" org/apache/maven/model/pom-4.0.0.xml 2>/dev/null |
      sed -n 's:.*<url>\(https\{0,1\}.*\)</url>.*:\1:p' | head -1
    return
  done
}
if [ -z "${MVNW_REPOURL-}" ]; then
  # An already unpacked Maven of the pinned version needs no address; the wrapper finds it by the same one.
  MVNW_REPOURL=$(maven_repository_of_installed_maven || true)
  if [ -z "$MVNW_REPOURL" ]; then
    echo "holdfast: no Maven is installed to take the repository's address from." >&2
    echo "Install any Maven (for example Debian's package maven), or set MVNW_REPOURL to your Maven repository." >&2
    exit 1
  fi
  export MVNW_REPOURL
fi
