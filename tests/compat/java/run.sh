#!/bin/sh
# Usage: run.sh SCENARIOS RESULTS. Exit code 77: the toolchain or its registry is not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/../../../build/compat"
command -v java >/dev/null && command -v javac >/dev/null && command -v mvn >/dev/null || {
  echo "SKIPPED: the Java SDK, because there is no JDK and mvn." >&2
  exit 77
}
mkdir -p "$build"
classpath="$build/java-classpath.txt"
if ! cmp -s "$here/pom.xml" "$build/java-pom.xml"; then
  mvn -q -B -f "$here/pom.xml" dependency:build-classpath -Dmdep.outputFile="$classpath" || {
    echo "SKIPPED: the Java SDK, because its registry cannot be reached." >&2
    exit 77
  }
  cp "$here/pom.xml" "$build/java-pom.xml"
fi
version=$(sed -n '/openai-java</{n;s/.*<version>\(.*\)<.*/\1/p;}' "$here/pom.xml")
exec java -cp "$(cat "$classpath")" "$here/Scenarios.java" "$1" "$2" "$version"
