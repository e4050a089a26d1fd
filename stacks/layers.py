"""Packages that functions need and Lambda's runtime does not bring: installed by pip for Lambda, without Docker."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stacks.assets import RUNTIME, AssetError, compile_package
from stacks.settings import ROOT


@dataclass(frozen=True, slots=True)
class Layer:
    """``name``: of its folder. ``lock``: its packages, each with a hash. ``does``: what it is for, as errors say."""

    name: str
    lock: Path
    does: str


TOKENS = Layer("tokens", ROOT / "requirements/functions.lock", "verifies tokens")
"""PyJWT and cryptography."""

POWERTOOLS = Layer("powertools", ROOT / "requirements/portal.lock", "answers the portal")
"""Powertools for AWS Lambda."""

KEPT = ROOT / "build/layers"
"""What was installed once; another synth of the same lock needs neither time nor network."""

PLATFORMS = ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64")
"""Wheels that run in Lambda for Python 3.13 on arm64: Amazon Linux 2023 has glibc 2.34."""

LAMBDA = (
    *(part for platform in PLATFORMS for part in ("--platform", platform)),
    *("--python-version", "{}.{}".format(*RUNTIME)),
    *("--implementation", "cp"),
)
"""pip's options for Lambda; without them it installs for the interpreter that runs it."""

LAYER_ROOT = "/opt"
"""Where Lambda puts a layer."""

NOT_SHIPPED = ("bin", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED")
"""pip's own notes, and programs with this machine's paths in them."""


def installed(layer: Layer, *, local: bool) -> Path:
    """The folder of a layer for Lambda, or with ``local`` for the local emulator, which runs functions in this version
    of Python. Bytecode is in it as in functions' packages.

    Raises
    ------
    AssetError
        pip could not install them.
    """
    kept = KEPT / _name(layer, local)
    if not kept.is_dir():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as scratch:
            made = Path(scratch) / "layer"
            _install(layer, made / "python", () if local else LAMBDA)
            if not local and sys.version_info[:2] == RUNTIME:
                compile_package(made, LAYER_ROOT)
            try:
                made.rename(kept)
            except OSError:  # another synth was first
                if not kept.is_dir():
                    raise
    return kept


def _name(layer: Layer, local: bool) -> str:
    """Changes with all that the folder's content hangs on."""
    here = (sysconfig.get_platform(), sys.implementation.cache_tag or "")
    target = ("host", *here) if local else (*LAMBDA, str(sys.version_info[:2] == RUNTIME))
    digest = hashlib.sha256(layer.lock.read_bytes() + repr((target, NOT_SHIPPED)).encode())
    return f"{layer.name}-{'host' if local else 'lambda'}-{digest.hexdigest()[:16]}"


def _install(layer: Layer, folder: Path, options: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-compile", "--only-binary", ":all:", "--require-hashes", "--target", str(folder), *options]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--requirement", str(layer.lock)],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-8:])
        raise AssetError(
            f"pip could not install requirements/{layer.lock.name} for the layer that {layer.does}:\n{said}\n"
            "If a registry did not answer, run the same command again; if no wheel was found, this platform has none."
        )
    for pattern in NOT_SHIPPED:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
