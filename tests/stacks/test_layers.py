"""Layers of packages: what pip is asked for, and what is kept of it. No Node and no registry is needed."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from packaging.tags import sys_tags

from stacks import layers
from stacks.assets import RUNTIME, AssetError

METADATA = "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
ENTRY_POINTS = "[console_scripts]\nprobe = probe:main\n"
ANY, LAMBDA, OTHER = "py3-none-any", "cp313-cp313-manylinux_2_28_aarch64", "cp313-cp313-win_amd64"
HERE = str(next(sys_tags()))

Wheelhouse = Callable[..., None]


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """``wheelhouse(tag, …)``: the lock names one package, which has wheels for these tags and nowhere else to be."""
    folder = tmp_path / "wheels"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(layers, "TOKENS", replace(layers.TOKENS, lock=tmp_path / "functions.lock"))
    monkeypatch.setattr(layers, "KEPT", tmp_path / "kept")

    def fill(*tags: str, tampered: bool = False) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        hashes = [hashlib.sha256(_wheel(folder, tag).read_bytes()).hexdigest() for tag in tags]
        wanted = ["0" * 64] if tampered else hashes
        text = " \\\n".join(["probe==1.0", *(f"    --hash=sha256:{each}" for each in wanted)])
        (tmp_path / "functions.lock").write_text(f"{text}\n")

    return fill


def _wheel(folder: Path, tag: str) -> Path:
    path = folder / f"probe-1.0-{tag}.whl"
    files = {
        "probe/__init__.py": f"TAG = {tag!r}\n\n\ndef main():\n    pass\n",
        "probe-1.0.dist-info/METADATA": METADATA,
        "probe-1.0.dist-info/WHEEL": WHEEL.format(pure=str(tag == ANY).lower(), tag=tag),
        "probe-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
        record = "".join(f"{name},,\n" for name in (*files, "probe-1.0.dist-info/RECORD"))
        archive.writestr(zipfile.ZipInfo("probe-1.0.dist-info/RECORD"), record)
    return path


def test_lambda_gets_wheels_for_its_own_python_and_processor(wheelhouse: Wheelhouse):
    wheelhouse(LAMBDA, OTHER)
    layer = layers.installed(layers.TOKENS, local=False)
    assert LAMBDA in (layer / "python/probe/__init__.py").read_text()


@pytest.mark.parametrize("local", [False, True])
def test_pip_is_asked_for_lambdas_python_only_where_lambda_runs_it(
    wheelhouse: Wheelhouse, monkeypatch: pytest.MonkeyPatch, local: bool
):
    """Whatever Python runs the synth. ``--implementation`` has no other effect here: this one is CPython too."""
    wheelhouse(ANY)
    run, commands = subprocess.run, list[list[str]]()

    def watched(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return run(command, **options)

    monkeypatch.setattr(layers.subprocess, "run", watched)
    layers.installed(layers.TOKENS, local=local)
    (command,) = commands
    named = {option: value for option, value in pairwise(command) if option in {"--implementation", "--python-version"}}
    assert named == ({} if local else {"--implementation": "cp", "--python-version": "3.13"})
    assert ("--platform" in command) is not local
    assert {"--require-hashes", "--only-binary"} <= set(command)


@pytest.mark.parametrize("local", [False, True])
def test_a_lock_without_hashes_installs_nothing(wheelhouse: Wheelhouse, local: bool):
    wheelhouse(ANY)
    layers.TOKENS.lock.write_text("probe==1.0\n")
    with pytest.raises(AssetError, match="Hashes are required"):
        layers.installed(layers.TOKENS, local=local)


def test_the_local_emulator_gets_what_runs_in_this_python(wheelhouse: Wheelhouse):
    wheelhouse(LAMBDA, ANY, HERE)
    layer = layers.installed(layers.TOKENS, local=True)
    program = "import probe; print(probe.TAG)"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(layer / "python")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == HERE


def test_a_second_synth_installs_nothing(wheelhouse: Wheelhouse, monkeypatch: pytest.MonkeyPatch):
    wheelhouse(ANY)
    layer = layers.installed(layers.TOKENS, local=False)
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    assert layers.installed(layers.TOKENS, local=False) == layer
    with pytest.raises(AssetError):
        layers.installed(layers.TOKENS, local=True)


def test_another_lock_is_another_layer(wheelhouse: Wheelhouse):
    wheelhouse(ANY)
    before = layers.installed(layers.TOKENS, local=False)
    wheelhouse(LAMBDA)
    assert layers.installed(layers.TOKENS, local=False) != before


def test_two_synths_at_once_end_with_one_whole_layer(wheelhouse: Wheelhouse, tmp_path: Path):
    wheelhouse(ANY)
    with ThreadPoolExecutor(2) as pool:
        made = [each.result() for each in [pool.submit(layers.installed, layers.TOKENS, local=False) for _ in range(2)]]
    assert made[0] == made[1]
    assert [*(tmp_path / "kept").iterdir()] == [made[0]]
    assert (made[0] / "python/probe/__init__.py").is_file()


def test_the_same_lock_gives_the_same_files_wherever_and_whenever(wheelhouse: Wheelhouse, tmp_path: Path):
    wheelhouse(ANY)
    first = _content(layers.installed(layers.TOKENS, local=False))
    shutil.rmtree(tmp_path / "kept")
    assert _content(layers.installed(layers.TOKENS, local=False)) == first
    assert not [name for name in first if name.endswith(("RECORD", "INSTALLER", "REQUESTED")) or "/bin/" in name]
    assert sys.version_info[:2] == RUNTIME or not [name for name in first if name.endswith(".pyc")]
    assert not [name for name in _content(layers.installed(layers.TOKENS, local=True)) if name.endswith(".pyc")]


def test_lambdas_own_python_finds_bytecode(wheelhouse: Wheelhouse, monkeypatch: pytest.MonkeyPatch):
    """A layer is read-only there: without it each instance would compile the packages anew."""
    wheelhouse(ANY)
    monkeypatch.setattr(layers, "RUNTIME", sys.version_info[:2])
    layer = layers.installed(layers.TOKENS, local=False)
    (compiled,) = [path for path in layer.rglob("*.pyc") if path.name.startswith("__init__")]
    assert b"/opt/python/probe/__init__.py" in compiled.read_bytes()
    assert str(layer.parent).encode() not in compiled.read_bytes()


@pytest.mark.parametrize("wheels", [{"tampered": True}, {"of": OTHER}])
def test_what_pip_refuses_is_told_in_its_words_and_nothing_is_kept(
    wheelhouse: Wheelhouse, tmp_path: Path, wheels: dict[str, str]
):
    wheelhouse(wheels.get("of", ANY), tampered="tampered" in wheels)
    with pytest.raises(AssetError) as refused:
        layers.installed(layers.TOKENS, local=False)
    text = str(refused.value)
    assert text.startswith("pip could not install requirements/functions.lock for the layer that verifies tokens:\n")
    assert "probe" in text
    assert text.endswith("run the same command again; if no wheel was found, this platform has none.")
    assert [*(tmp_path / "kept").iterdir()] == []


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
