"""The manifests on a real Kubernetes: rolled out, lived on, broken on purpose. `make k8s-e2e`; see README.md."""
