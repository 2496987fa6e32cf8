#!/usr/bin/env bash
# Runs every test: Go's, among them the crawl of the built site; then vnu over
# every page and the browser's journeys. What cannot run here is left out and
# named; with CI set that is a failure, as is any test that skips itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

left_out=()
failed=0

echo '== Go tests, tests of the command lines, crawl of the built site'
go build -o bin/gotest ./scripts/gotest
go test -json ./... </dev/null | bin/gotest ${CI:+-strict} || failed=1

# nodetest FOLDER runs the tests of a folder under e2e/.
nodetest() {
	(cd e2e && node --test --test-reporter=spec --test-concurrency=2 --test-timeout=600000 "$1"/*.test.mjs </dev/null) || failed=1
}

if [ ! -d e2e/node_modules/playwright-core ]; then
	left_out+=("the browser's tests and vnu (npm packages)")
else
	if command -v java >/dev/null 2>&1; then
		echo '== vnu over every page'
		nodetest markup
	else
		left_out+=('vnu over every page (Java)')
	fi
	if [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null 2>&1; then
		echo '== journeys, layout and axe in the browser'
		nodetest browser
	else
		left_out+=("the browser's tests (Chromium)")
	fi
fi

for what in "${left_out[@]}"; do
	echo "left out: $what" >&2
	[ -z "${CI:-}" ] || failed=1
done
if [ "$failed" = 1 ]; then
	echo 'make test: failed' >&2
	exit 1
fi
echo 'make test: all passed'
