# SPDX-License-Identifier: AGPL-3.0-only
"""Compiles the contracts into `src/tongxin/artifacts`, one JSON file each, the same on every machine.

A deployable is every `contracts/*.vy` and `contracts/mocks/*.vy`. Modules and interfaces are found beside it, in
`contracts/` (as `modules`, `interfaces`) and in the installed `snekmate`. The compiler's settings are pinned here; a
contract may choose its optimiser by its own `#pragma optimize`, nothing else.

Every source that takes part, a library's too, must be free of the constructs that the compiler is known to
miscompile (see SECURITY.md), and every contract must fit the chain's limits on code (EIP-170, EIP-3860).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import snekmate
from rich.console import Console
from rich.table import Table
from vyper import __version__ as vyper_version
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.output import build_abi_output
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import OptimizationLevel, Settings, anchor_settings
from vyper.exceptions import VyperException

from lint_vyper import miscompilation_findings

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "src" / "tongxin" / "artifacts"

EVM_VERSION = "cancun"
DEFAULT_OPTIMISER = OptimizationLevel.GAS
MAX_RUNTIME_BYTES = 24_576
"""Largest deployed code, immutables included (EIP-170)."""
MAX_INITCODE_BYTES = MAX_RUNTIME_BYTES - 3
"""Largest creation code: a blueprint is deployed code, three bytes and then the creation code (EIP-5202, EIP-170)."""

LIBRARIES = Path(next(iter(snekmate.__path__))).parent


class CompileError(Exception):
    """A contract cannot be published; the message says which and why."""


@dataclass(frozen=True)
class Compiled:
    """One contract's artifact and its sizes in bytes."""

    name: str
    text: str
    runtime_bytes: int
    initcode_bytes: int


def deployables() -> list[Path]:
    """All contracts to compile, sorted by name.

    Raises:
        CompileError: Two files would produce the same artifact.
    """
    paths = sorted([*CONTRACTS.glob("*.vy"), *CONTRACTS.glob("mocks/*.vy")], key=lambda path: path.stem)
    names = [path.stem for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise CompileError(f"{name}: two contracts have this name; artifacts are named after the file")
    return paths


def published_path(path: Path) -> str:
    """The path of a source as artifacts name it: from the repository's root, or from the library folder."""
    # A virtual environment may lie inside the repository, so the library folder is tried first.
    for base in (LIBRARIES, ROOT):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    raise CompileError(f"{path}: a source outside the repository and the installed libraries")


def _sources(data: CompilerData) -> dict[str, str]:
    inputs = [source for source in data.resolved_imports.compiler_inputs if not source.from_builtin]
    inputs.append(data.file_input)
    sources = {}
    for source in inputs:
        name = published_path(Path(source.resolved_path))
        raw = Path(source.resolved_path).read_bytes()
        findings = miscompilation_findings(raw, name)
        if findings:
            raise CompileError("\n".join(str(finding) for finding in findings))
        sources[name] = hashlib.sha256(raw).hexdigest()
    return dict(sorted(sources.items()))


def compiler_data(path: Path) -> CompilerData:
    """The compiler's own object for one contract, with the pinned settings."""
    bundle = FilesystemInputBundle([LIBRARIES, CONTRACTS])
    file_input = bundle.load_file(path)
    optimiser = CompilerData(file_input, bundle).vyper_module.settings.optimize or DEFAULT_OPTIMISER
    settings = Settings(
        optimize=optimiser,
        evm_version=EVM_VERSION,
        experimental_codegen=False,
        debug=False,
        enable_decimals=False,
    )
    return CompilerData(file_input, bundle, settings=settings)


def compile_contract(path: Path) -> Compiled:
    """Compiles one contract.

    Raises:
        CompileError: It is too large, or a source holds a construct that the compiler is known to miscompile.
        vyper.exceptions.VyperException: It does not compile.
    """
    data = compiler_data(path)
    try:
        optimiser = str(data.settings.optimize)
    except ValueError as error:
        raise CompileError(f"{path.stem}: {error}") from error
    sources = _sources(data)
    with anchor_settings(data.settings):
        initcode, runtime = data.bytecode, data.bytecode_runtime
        layout = data.storage_layout
        abi = build_abi_output(data)
        immutable_bytes = data.global_ctx.immutable_section_bytes
    runtime_bytes = len(runtime) + immutable_bytes
    if runtime_bytes > MAX_RUNTIME_BYTES:
        raise CompileError(
            f"{path.stem}: {runtime_bytes:,} bytes of code, the limit is {MAX_RUNTIME_BYTES:,} (EIP-170)"
        )
    if len(initcode) > MAX_INITCODE_BYTES:
        raise CompileError(
            f"{path.stem}: {len(initcode):,} bytes of initcode, the limit is {MAX_INITCODE_BYTES:,} (EIP-5202)"
        )
    artifact: dict[str, Any] = {
        "abi": abi,
        "bytecode": "0x" + initcode.hex(),
        "compiler": {
            "evm_version": EVM_VERSION,
            "name": "vyper",
            "optimize": optimiser,
            "version": vyper_version,
        },
        "contract": published_path(path.resolve()),
        "immutables": layout.get("code_layout", {}),
        "immutables_bytes": immutable_bytes,
        "name": path.stem,
        "runtime_bytecode": "0x" + runtime.hex(),
        "sources": sources,
        "storage": layout.get("storage_layout", {}),
        "transient_storage": layout.get("transient_storage_layout", {}),
    }
    text = json.dumps(artifact, indent=1, sort_keys=True) + "\n"
    return Compiled(path.stem, text, runtime_bytes, len(initcode))


def _report(compiled: list[Compiled]) -> None:
    table = Table(title=f"vyper {vyper_version}, {EVM_VERSION}")
    table.add_column("contract")
    table.add_column("code, bytes", justify="right")
    table.add_column("of the limit", justify="right")
    table.add_column("initcode, bytes", justify="right")
    for item in compiled:
        share = f"{100 * item.runtime_bytes / MAX_RUNTIME_BYTES:.1f} %"
        table.add_row(item.name, f"{item.runtime_bytes:,}", share, f"{item.initcode_bytes:,}")
    Console().print(table)


def main(arguments: list[str] | None = None) -> int:
    """Compiles all contracts, or those named; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compile the contracts into src/tongxin/artifacts.")
    parser.add_argument("names", nargs="*", help="contracts to compile, without .vy; all when none is given")
    parser.add_argument("--json", action="store_true", help="print the sizes as JSON")
    options = parser.parse_args(arguments)
    try:
        paths = deployables()
        unknown = sorted(set(options.names) - {path.stem for path in paths})
        if unknown:
            raise CompileError(f"no such contract: {', '.join(unknown)}")
        chosen = [path for path in paths if not options.names or path.stem in options.names]
        if len(chosen) > 1:
            with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
                compiled = list(pool.map(compile_contract, chosen))
        else:
            compiled = [compile_contract(path) for path in chosen]
    except (CompileError, VyperException) as error:
        print(f"compile: {error}", file=sys.stderr)
        return 1
    for item in compiled:
        (ARTIFACTS / f"{item.name}.json").write_text(item.text, encoding="ascii", newline="\n")
    if not options.names:
        kept = {path.stem for path in paths}
        for stale in ARTIFACTS.glob("*.json"):
            if stale.stem not in kept:
                stale.unlink()
    if options.json:
        sizes = {item.name: {"code": item.runtime_bytes, "initcode": item.initcode_bytes} for item in compiled}
        print(json.dumps(sizes, indent=1, sort_keys=True))
    else:
        _report(compiled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
