"""What a kind cluster in a box of its own wants of this machine."""

from platforms.install.host import Needs

NEEDS = Needs(
    "A kind cluster from the package registries",
    {
        "dockerd": "docker.io",
        "docker": "docker.io",
        "containerd": "containerd",
        "ctr": "containerd",
        "runc": "runc",
        "iptables": "iptables",
        "mmdebstrap": "mmdebstrap",
        "nft": "nftables",
        "ip": "iproute2",
        "unshare": "util-linux",
        "mount": "mount",
    },
)
