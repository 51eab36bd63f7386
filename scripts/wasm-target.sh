#!/usr/bin/env bash
# Makes the Rust target wasm32-unknown-unknown usable: the rustup way first, Debian packages as the fallback.
# Idempotent, quick when the target is there. Prints the toolchain to use ("active" or "debian") as its last line.
set -euo pipefail
target=wasm32-unknown-unknown

has_target() { # sysroot -> is the standard library of $target in it?
  compgen -G "$1/lib/rustlib/$target/lib/libstd-*.rlib" >/dev/null
}

if has_target "$(rustc --print sysroot)"; then echo "$target is there" >&2; echo active; exit; fi
if root=$(rustup run debian rustc --print sysroot 2>/dev/null) && has_target "$root"; then
  echo "$target is there (debian)" >&2; echo debian; exit
fi

if command -v rustup >/dev/null && rustup target add "$target" >&2 && has_target "$(rustc --print sysroot)"; then
  echo active; exit
fi

remedy="install the target $target for your Rust toolchain, then run this again"
echo "rustup could not download $target: building its standard library from Debian's Rust sources (about 1 minute)" >&2
command -v rustup >/dev/null || { echo "no rustup here: $remedy" >&2; exit 1; }
command -v apt-get >/dev/null || { echo "no apt-get here: $remedy" >&2; exit 1; }
sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq >&2
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rustc-web cargo-web rust-web-src lld-22 >&2

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src" "$work/.cargo"
printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' > "$work/Cargo.toml"
echo '#![no_std]' > "$work/src/lib.rs"
cat > "$work/.cargo/config.toml" <<TOML
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "/usr/lib/rustlib/src/rust/library/vendor"
TOML
( cd "$work" && RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target" /usr/bin/cargo build --release --target "$target" \
    -Zbuild-std=std,panic_abort >&2 )
lib=/usr/lib/rustlib/$target/lib
$sudo mkdir -p "$lib"
$sudo rm -f "$lib"/*.rlib
$sudo cp "$work/target/$target/release/deps"/*.rlib "$lib/"
$sudo rm -f "$lib"/libempty-*.rlib
rustup toolchain link debian /usr
has_target "$(rustup run debian rustc --print sysroot)" || { echo "the standard library of $target did not build" >&2; exit 1; }
echo debian
