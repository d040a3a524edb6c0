#!/bin/sh
# Installs what the page is walked through with: Chromium by the system's packages, and what
# drives it, pinned, into target/page. Says nothing when it is there.
set -eu
cd "$(dirname "$0")/../.."

folder=target/page
bin/setup chromium npm
if cmp -s tests/page/package-lock.json $folder/node_modules/installed.json; then exit 0; fi
if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
    echo "Driving a browser needs Node.js 18 or later; here is $(node --version)." >&2
    exit 1
fi
mkdir -p $folder
cp tests/page/package.json tests/page/package-lock.json $folder/
npm ci --prefix $folder --loglevel=error --no-audit --no-fund --ignore-scripts >&2
cp tests/page/package-lock.json $folder/node_modules/installed.json
