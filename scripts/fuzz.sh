#!/usr/bin/env bash
# Lets each fuzz test of the house search for a while: fuzz.sh [DURATION].
# What it finds is written under testdata/fuzz/ beside the test, to be kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
duration="${1:-10s}"

found=0
while IFS=: read -r file name; do
	found=$((found + 1))
	echo "== ./$(dirname "$file") $name for $duration"
	go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$duration" </dev/null
done < <(grep -rHoE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz[A-Za-z0-9_]+' generator intake internal |
	sed 's/:func /:/' | sort)
echo "$found fuzz tests, nothing found"
[ "$found" -gt 0 ]
