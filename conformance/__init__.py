"""The embedded engine beside the real Argo Rollouts controller: same manifest, same script, same decisions."""
