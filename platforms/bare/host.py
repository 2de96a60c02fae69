"""What the bare cluster wants of this machine."""

from pathlib import Path

from platforms.install.host import Needs

CNI = Path("/usr/lib/cni")
NEEDS = Needs(
    "The bare cluster",
    {
        "containerd": "containerd",
        "runc": "runc",
        "mmdebstrap": "mmdebstrap",
        "nft": "nftables",
        "conntrack": "conntrack",
        "ip": "iproute2",
        "unshare": "util-linux",
        "mount": "mount",
        str(CNI / "ptp"): "containernetworking-plugins",
    },
)
