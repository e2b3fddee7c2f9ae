#!/usr/bin/env bash
# S3Proxy: the entity tag that ends an upload in parts is not the one that the object has when it is asked for.
# Standard: RFC 9110, 8.8.3 and 13.1.1: an entity tag names one representation, and If-Match with it holds while that is
# unchanged. Amazon S3, CompleteMultipartUpload: the ETag in its answer is that of the object.
# For a node: who remembers the tag from the upload finds its own object "changed" at the first read. Take the tag from a
# HEAD after the upload, and hash the bytes under that tag. The release's own list of packages from Maven Central also
# mixes two releases of Jackson, so that completing such an upload is a 500; here they are one.
. "$(dirname "$0")/_room.sh"
guess "the tag from the upload reads the object with If-Match; and one object is deleted by one DELETE"
found "the upload's tag (with -N) fails with 412 although nothing has changed; obstore deletes one key as a list, which is a 501"
python_with obstore==0.12.1
cat >"$room/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencyManagement><dependencies><dependency><groupId>com.fasterxml.jackson</groupId><artifactId>jackson-bom</artifactId>
<version>2.20.0</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>
<dependencies><dependency><groupId>org.gaul</groupId><artifactId>s3proxy</artifactId><version>3.1.0</version></dependency>
</dependencies></project>
POM
mvn -q -B -f "$room/pom.xml" -Dmaven.repo.local="$room/m2" \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile="$room/classpath" >/dev/null
mkdir -p "$room/objects/shelf"
python_sees <<'PY'
import contextlib
import pathlib
import socket
import subprocess

import obstore
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    end = f"http://127.0.0.1:{free.getsockname()[1]}"
conf = {"s3proxy.endpoint": end, "s3proxy.authorization": "aws-v2-or-v4", "s3proxy.identity": "a", "s3proxy.credential": "b",
        "jclouds.provider": "filesystem-nio2", "jclouds.filesystem.basedir": str(pathlib.Path("objects").resolve())}
pathlib.Path("conf").write_text("".join(f"{name}={value}\n" for name, value in conf.items()))
command = ["java", "-cp", pathlib.Path("classpath").read_text().strip(), "org.gaul.s3proxy.Main", "--properties", "conf"]
with open("log", "wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(end.rpartition(":")[2])), 1):
            break
    config = {"access_key_id": "a", "secret_access_key": "b", "endpoint": end, "region": "us-east-1"}
    for bulk in ("false", "true"):
        shelf = S3Store("shelf", config={**config, "disable_bulk_delete": bulk}, client_options={"allow_http": True},
                        retry_config={"max_retries": 0})
        if bulk == "false":
            tag = obstore.put(shelf, "a", bytes(12_000_000), chunk_size=6_000_000)["e_tag"]
            print("the upload ends in -2:", tag.endswith('-2"'), "and is the object's:", tag == obstore.head(shelf, "a")["e_tag"])
            try:
                obstore.get(shelf, "a", options={"if_match": tag})
            except PreconditionError:
                print("If-Match with it: 412")
        try:
            obstore.delete(shelf, "a")
            print("deleted with disable_bulk_delete", bulk)
        except BaseError as error:
            print("not deleted with disable_bulk_delete", bulk, "501" if "501" in str(error) else error)
    server.kill()
PY
unchanged <<'END'
the upload ends in -2: True and is the object's: False
If-Match with it: 412
not deleted with disable_bulk_delete false 501
deleted with disable_bulk_delete true
END
