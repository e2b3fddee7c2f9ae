#!/usr/bin/env bash
# A range of a file over SFTP through fsspec's newer file system: all of the file comes.
# Standard: fsspec's AbstractFileSystem.cat_file(path, start, end): "bytes limits of the read", which fsspec's own file
# systems keep (local, memory, its SFTP on paramiko).
# For a node: a part of a large file becomes the whole in memory, and a reader of Parquet or of a zip by ranges gets
# other bytes than it asked for, with no error. Open the file and seek, and check the length of what came.
. "$(dirname "$0")/_room.sh"
guess "cat_file with start and end gives these bytes on a local file, in memory and over SFTP"
found "sshfs gives the whole file, with positive and with negative limits; open, seek and read give the range"
python_with fsspec==2026.9.0 sshfs==2026.8.0 asyncssh==2.24.1
python_sees "$room" <<'PY'
import asyncio
import sys
import threading
from pathlib import Path

import asyncssh
import fsspec
from sshfs import SSHFileSystem

room = Path(sys.argv[1])
(room / "shelf").mkdir()
(room / "shelf" / "digits").write_bytes(b"0123456789")


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


loop, up, port = asyncio.new_event_loop(), threading.Event(), []


async def serve():
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        server_factory=Server, sftp_factory=lambda chan: asyncssh.SFTPServer(chan, chroot=str(room / "shelf")),
    )
    port.append(server.get_port())
    up.set()


threading.Thread(target=lambda: (loop.run_until_complete(serve()), loop.run_forever()), daemon=True).start()
up.wait(30)
memory = fsspec.filesystem("memory")
memory.pipe_file("/digits", b"0123456789")
over = SSHFileSystem("127.0.0.1", port=port[0], username="f", known_hosts=None, client_keys=None)
for name, files, path in (
    ("local", fsspec.filesystem("file"), str(room / "shelf" / "digits")),
    ("memory", memory, "/digits"),
    ("sshfs", over, "/digits"),
):
    with files.open(path, "rb") as file:
        file.seek(2)
        sought = file.read(3)
    print(name, files.cat_file(path, start=2, end=5), files.cat_file(path, start=-3), sought, flush=True)
import os

os._exit(0)
PY
unchanged <<'END'
local b'234' b'789' b'234'
memory b'234' b'789' b'234'
sshfs b'0123456789' b'0123456789' b'234'
END
