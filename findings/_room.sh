# Sourced by every finding: a temporary room with pinned public packages, and the comparison
# of what was seen there today with what was seen when the finding was written.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONWARNINGS=ignore PYTHONIOENCODING=utf-8 NODE_NO_WARNINGS=1
unset PYTHONPATH PYTHONDONTWRITEBYTECODE
: >"$room/seen"

# What a careful engineer would have said before running it.
guess() { printf 'guess     %s\n' "$*"; }
# What it does instead, in one sentence.
found() { printf 'found     %s\n' "$*"; }

# python_with PACKAGE==VERSION…: wheels only, into a fresh environment.
python_with() {
  printf 'packages  %s\n' "$*"
  [ -d "$room/venv" ] || python3 -m venv "$room/venv"
  "$room/venv/bin/pip" install --quiet --no-compile --only-binary :all: ${source_packages:+--no-binary "$source_packages"} "$@"
}
# node_with PACKAGE@VERSION…: exact versions, no install scripts.
node_with() {
  printf 'packages  %s\n' "$*"
  (cd "$room" && npm init --yes >/dev/null &&
    npm install --silent --no-audit --no-fund --ignore-scripts --save-exact "$@" >/dev/null)
}
# go_with MODULE@VERSION…: a module of its own; the program comes on standard input of `go_sees`.
go_with() {
  printf 'packages  %s\n' "$*"
  (cd "$room" && export GOFLAGS=-mod=mod GOTOOLCHAIN=local && go mod init finding >/dev/null 2>&1 &&
    go get "$@" >/dev/null 2>&1)
}
# java_with GROUP:ARTIFACT:VERSION: a Maven repository of its own; the program of `java_sees` is class Finding.
java_with() {
  printf 'packages  %s\n' "$*"
  local group artifact version
  IFS=: read -r group artifact version <<<"$1"
  cat >"$room/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencies><dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version>
</dependency></dependencies></project>
POM
  mvn -q -B -f "$room/pom.xml" -Dmaven.repo.local="$room/m2" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile="$room/classpath" >/dev/null
}

# Run the program on standard input in the room, and add what it prints to what is seen.
python_sees() { (cd "$room" && "$room/venv/bin/python" - "$@") | tee -a "$room/seen" | sed 's/^/seen      /'; }
node_sees() {
  cat >"$room/finding.mjs"
  (cd "$room" && node finding.mjs "$@") | tee -a "$room/seen" | sed 's/^/seen      /'
}
go_sees() {
  cat >"$room/main.go"
  (cd "$room" && GOFLAGS=-mod=mod GOTOOLCHAIN=local go run . "$@") | tee -a "$room/seen" | sed 's/^/seen      /'
}
# java_sees JVM-OPTION…
java_sees() {
  cat >"$room/Finding.java"
  (cd "$room" && java "$@" -cp "$(cat classpath)" Finding.java 2>/dev/null) | tee -a "$room/seen" | sed 's/^/seen      /'
}

# Compare with the lines on standard input; any difference means that the finding is out of date.
unchanged() {
  if diff -u --label recorded --label 'seen today' - "$room/seen"; then
    echo 'result    as recorded'
  else
    echo 'result    CHANGED: look again, then mend or remove this finding' >&2
    exit 1
  fi
}
