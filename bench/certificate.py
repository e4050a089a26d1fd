"""A throw-away certificate authority, trusted beside Amazon's."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stacks.assets import amazon_roots

ADDRESS = "127.0.0.1"


def server_certificate(folder: Path) -> tuple[Path, Path]:
    """Key and certificate of a server at ``ADDRESS``, in one file; and what to trust, in another.

    The second has Amazon's authorities as well, so that a TLS context costs what it does in Lambda, where the request
    path reads these for AWS's own endpoint, and all others only if they do not suffice.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server, trusted = folder / "server.pem", folder / "trusted.pem"
    server.write_bytes(private + certificate)
    trusted.write_bytes(certificate + amazon_roots().encode())
    return server, trusted
