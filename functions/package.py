#!/usr/bin/python3
"""What `./run package` does: the program of every Lambda function, as a folder and as a zip, under out/lambda.

Framework-dependent (the managed runtime dotnet10 has the framework) and compiled ahead (ReadyToRun) for linux-x64. The same
sources give the same bytes; where nothing changed since the last time nothing is done. With --jit the program is not compiled
ahead: what the benchmark of cold starts compares with, in a folder of its own.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out" / "lambda"
SOURCES = ["functions", "shared", "Directory.Build.props", "Directory.Packages.props", "global.json"]
BUILT = ("bin", "obj")
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def main():
    os.chdir(ROOT)
    ahead = "--jit" not in sys.argv[1:]
    folder = OUT / ("functions" if ahead else "functions-jit")
    stamp = OUT / f"{folder.name}.inputs"
    inputs = digest()
    if not stamp.exists() or stamp.read_text() != inputs or not (folder / "Lace.Functions.dll").exists():
        stamp.unlink(missing_ok=True)
        publish(folder, ahead)
        if ahead:
            pack(folder, OUT / "functions.zip")
        stamp.write_text(inputs)
    print(folder.relative_to(ROOT))
    return 0


def digest():
    """Of every file that can have a part in the result."""
    whole = hashlib.sha256()
    for path in sorted(found for source in SOURCES for found in files(Path(source))):
        whole.update(f"{path} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def files(source):
    if source.is_file():
        yield source
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name not in BUILT]
        yield from (Path(folder, name) for name in names)


def publish(folder, ahead):
    shutil.rmtree(folder, ignore_errors=True)
    # Its own folder for what is built on the way, as a runtime identifier changes what the other builds have restored.
    command = ["dotnet", "publish", "functions/Lace.Functions.csproj", "-c", "Release", "-r", "linux-x64", "--no-self-contained"]
    command += ["--artifacts-path", str(OUT / "build" / folder.name), "-o", str(folder), "-v", "quiet", "--nologo"]
    command += [f"-p:PublishReadyToRun={str(ahead).lower()}", "-p:UseAppHost=false", "-p:DebugType=none"]
    command += ["-p:RunAnalyzers=false", "-p:IncludeSourceRevisionInInformationalVersion=false", f"-p:PathMap={ROOT}=/lace"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + "package: the functions do not build")
    for name in [*folder.glob("*.xml"), *folder.glob("*.staticwebassets.endpoints.json")]:
        name.unlink()


def pack(folder, archive):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), ZIP_EPOCH)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
