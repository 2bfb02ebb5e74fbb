"""pki: certificates for tests, made with openssl when they are needed."""
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess


class Authority:
    """A CA of its own in a folder; issue() makes certificates of it."""

    def __init__(self, folder, name):
        self.folder = folder
        self.name = name
        self.cert = os.path.join(folder, name + ".crt")
        self.key = os.path.join(folder, name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                "-subj", f"/CN={name}", "-days", "36500", "-keyout", self.key, "-out", self.cert)

    def issue(self, name, purpose):
        """(certificate, key) for "serverAuth" (of 127.0.0.1 and localhost) or "clientAuth"."""
        base = os.path.join(self.folder, name)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                "-subj", f"/CN={name}", "-keyout", base + ".key", "-out", base + ".csr")
        with open(base + ".ext", "w") as file:
            file.write(f"extendedKeyUsage={purpose}\n"
                       "subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.cert, "-CAkey", self.key,
                "-days", "36500", "-extfile", base + ".ext", "-out", base + ".crt")
        return base + ".crt", base + ".key"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
