# Sourced by ./mvnw: exports MVNW_REPOURL, the repository from which the wrapper fetches its Maven, or says what to install
# and returns 1. No address stands in this project: a Maven knows its own, so it is asked of the one that is at hand.

repository_of_wrapper() { # prints the address from which an earlier ./mvnw fetched a Maven that is still unpacked
  set +f
  for url in "${MAVEN_USER_HOME:-$HOME/.m2}"/wrapper/dists/apache-maven-*/*/mvnw.url; do
    [ -r "$url" ] || continue
    sed -n 's:/org/apache/maven/.*::p' "$url"
    return
  done
}

model_of_maven() { # prints the built-in project model of the Maven whose model jar is $1
  if command -v unzip >/dev/null; then
    unzip -p "$1" org/apache/maven/model/pom-4.0.0.xml 2>/dev/null
    return
  fi
  unpacked=$(mktemp -d) || return
  (cd "$unpacked" && "$JAVA_HOME/bin/jar" -xf "$1" org/apache/maven/model/pom-4.0.0.xml && cat org/apache/maven/model/pom-4.0.0.xml)
  rm -rf -- "$unpacked"
}

repository_of_installed_maven() { # prints the central repository as the mvn on PATH knows it
  mvn=$(command -v mvn) || return 0
  home=$(dirname "$(dirname "$(readlink -f "$mvn")")")
  set +f
  for jar in "$home"/lib/maven-model-builder-*.jar "$home"/libexec/lib/maven-model-builder-*.jar; do
    [ -r "$jar" ] || continue
    model_of_maven "$jar" | sed -n 's:.*<url>\(https\{0,1\}.*\)</url>.*:\1:p' | head -n 1
    return
  done
}

# Without a home directory the wrapper would unpack its Maven below /.
if [ -z "${HOME-}" ]; then
  HOME=$(eval "echo ~$(id -un)")
  export HOME
fi
if [ -z "${MVNW_REPOURL-}" ]; then
  MVNW_REPOURL=$(repository_of_wrapper) # both in subshells: they need globbing, which the wrapper turns off
  [ -n "$MVNW_REPOURL" ] || MVNW_REPOURL=$(repository_of_installed_maven)
  if [ -z "$MVNW_REPOURL" ]; then
    echo "holdfast: no Maven is installed to take the repository's address from, and MVNW_REPOURL is not set." >&2
    echo "Install any Maven (for example Debian's package maven), or set MVNW_REPOURL to the address of your Maven repository." >&2
    return 1
  fi
  export MVNW_REPOURL
fi
