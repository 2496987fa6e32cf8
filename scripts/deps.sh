#!/usr/bin/env bash
# Installs what the tests need: Debian's packages by apt-get where this may be
# done without asking, npm's by the lock file. What stays missing is said in one
# line with what it leaves out; with CI set that is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
have_chromium() { [ -n "${CHROMIUM:-}" ] || have chromium || have chromium-browser || have google-chrome; }
have_java() { have java && java -version >/dev/null 2>&1; }
have_han() { have fc-list && [ -n "$(fc-list :lang=zh-cn family)" ]; }
have_gnupg() { have gpg && have gpgconf && have gpg-agent; }
have_opendkim() { have opendkim; }
have_postfix() { have postfix && [ -f /etc/postfix/main.cf ]; }
have_age() { have age; }
have_clamd() { have clamd; }
have_postgresql() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
have_python() { have python3 && python3 -c 'import email' >/dev/null 2>&1; }
have_strace() { have strace; }
have_systemd() { have systemd-analyze; }
have_nginx() { have nginx; }
have_caddy() { have caddy; }
have_promtool() { have promtool; }
have_curl() { have curl; }
have_openssl() { have openssl; }

# Debian's package, the test for it, and what cannot be tested without it.
needs=(
	"chromium|have_chromium|the browser's tests"
	"default-jre-headless|have_java|vnu over every page"
	"fonts-noto-cjk|have_han|the browser's tests with Chinese letters"
	"gnupg|have_gnupg|encrypted mail opened by another implementation"
	"opendkim|have_opendkim|signatures of mail checked by another implementation"
	"postfix|have_postfix|mail to a real SMTP server"
	"postgresql|have_postgresql|the outbox in a real PostgreSQL"
	"python3|have_python|mail read by another implementation"
	"strace|have_strace|the proof that what is accepted was synced first"
	"age|have_age|sealed data opened by another implementation"
	"systemd|have_systemd|the unit and its sandbox"
	"nginx-light|have_nginx|a form through nginx"
	"caddy|have_caddy|a form through Caddy"
	"prometheus|have_promtool|the rules of the alerts"
	"curl|have_curl|the commands of the handbook"
	"openssl|have_openssl|the commands of the handbook that make keys"
	"clamav-daemon|have_clamd|uploads scanned by a real clamd"
)

missing() {
	local need package test rest
	for need in "${needs[@]}"; do
		IFS='|' read -r package test rest <<<"$need"
		"$test" || echo "$package"
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
	have apt-get || return 1
	[ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }
}

# Packages that are installed only to be tried must not start a service: Debian
# asks policy-rc.d, and 101 says no. One that stands there already is left alone.
policy=/usr/sbin/policy-rc.d
install() {
	if [ ! -e "$policy" ]; then
		trap 'as_root rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	if [[ " $* " == *" postfix "* ]] && have debconf-set-selections; then
		echo 'postfix postfix/main_mailer_type select Local only' | as_root debconf-set-selections
	fi
	echo "installing $*"
	local log try
	log="$(mktemp)"
	as_root apt-get update -q >"$log" 2>&1 || true
	for try in 1 2; do
		if as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -q -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
			rm -f "$log"
			return 0
		fi
		echo "apt-get install failed ($try)" >&2
	done
	tail -n 20 "$log" >&2
	rm -f "$log"
	return 1
}

failed=0
mapfile -t wanted < <(missing)
if [ "${#wanted[@]}" -gt 0 ] && may_install; then
	install "${wanted[@]}" || true
	mapfile -t wanted < <(missing)
fi
for package in "${wanted[@]}"; do
	for need in "${needs[@]}"; do
		IFS='|' read -r name _ without <<<"$need"
		if [ "$name" = "$package" ]; then
			echo "missing: apt-get install $package (left out: $without)" >&2
			failed=1
		fi
	done
done

if ! have node || ! have npm || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
	echo "missing: Node.js 20 or newer with npm (left out: the browser's tests and vnu)" >&2
	failed=1
elif ! cmp -s e2e/package-lock.json e2e/node_modules/.installed; then
	# No package's own script is run: vnu-jar's would fetch a Java runtime.
	for try in 1 2; do
		if (cd e2e && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null); then
			cp e2e/package-lock.json e2e/node_modules/.installed
			break
		elif [ "$try" = 2 ]; then
			echo "missing: npm ci in e2e/ (left out: the browser's tests and vnu)" >&2
			failed=1
		fi
	done
fi

if [ "$failed" = 1 ] && [ -n "${CI:-}" ]; then
	echo "what the tests need is missing, and CI is set" >&2
	exit 1
fi
