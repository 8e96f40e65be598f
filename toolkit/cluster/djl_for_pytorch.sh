#!/usr/bin/env bash
# Runs DJL on the PyTorch of a Python environment, for a GPU machine without a network, where DJL cannot fetch its own.
#
#   toolkit/cluster/djl_for_pytorch.sh DJL PYTHON OUT
#
# DJL is a checkout of https://github.com/deepjavalibrary/djl at the tag v0.36.0, PYTHON an interpreter whose torch has the
# CUDA libraries as pip packages (2.11 was tried; 2.14 needs -std=c++20 below), OUT the folder to make. Needs a JDK, g++ and a
# toolkit that is built. Takes some minutes. Then, with the line that it prints at the end:
#
#   mvn -Dcuda -DskipTests package && java -jar toolkit/target/toolkit.jar evaluate --device gpu ...
set -euo pipefail
djl=$(realpath "$1") python=$2 out=$(realpath -m "$3")
lib=$(realpath "$(dirname "$0")/../target/lib")
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
site=$($python -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).parents[1])')
version=$($python -c 'import torch; print(torch.__version__.split("+")[0])')
flavor=$($python -c 'import torch; print("cu" + torch.version.cuda.replace(".", ""))')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

engine="$djl/engines/pytorch/pytorch-engine/src/main/java" native="$djl/engines/pytorch/pytorch-native/src/main/native"
find "$engine" -name '*.java' > "$work/sources"
javac -nowarn -proc:none -cp "$lib/*" -h "$work/include" -d "$work/classes" "@$work/sources"
export CXXFLAGS="-O2 -fPIC -std=c++17 -w -I$work/include -I$djl/api/src/main/native -I$native -I$jdk/include
  -I$jdk/include/linux -I$site/torch/include -I$site/torch/include/torch/csrc/api/include"
ls "$native"/*.cc | xargs -P "$(nproc)" -I{} sh -c 'g++ $CXXFLAGS -c "$1" -o "$2/$(basename "$1").o"' - {} "$work"

mkdir -p "$out/torch" "$out/cuda"
g++ -shared -o "$out/torch/libdjl_torch.so" "$work"/*.o -L"$site/torch/lib" -ltorch -ltorch_cpu -lc10
for name in c10 c10_cuda torch_cpu torch_cuda torch; do
  ln -sf "$site/torch/lib/lib$name.so" "$out/torch/"
done
runtime=("$site"/nvidia/cu*/lib/libcudart.so.*)
ln -sf "${runtime[0]}" "$out/cuda/libcudart.so"
echo "export PYTORCH_LIBRARY_PATH=$out/torch PYTORCH_VERSION=$version PYTORCH_FLAVOR=$flavor LD_LIBRARY_PATH=$out/cuda"
