#!/bin/sh
# Runs a program on the official Java SDK. Usage: run.sh PROGRAM.java ARGUMENTS...
# Exit code 77: the toolchain or its registry is not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/../../../build/compat"
if ! command -v javac >/dev/null || ! command -v mvn >/dev/null; then
  echo "SKIPPED: the Java SDK, because there is no JDK and mvn." >&2
  exit 77
fi
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
exec java -Dsdk.version="$version" -cp "$(cat "$classpath")" "$@"
