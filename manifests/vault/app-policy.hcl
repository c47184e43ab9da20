# What an app's agent needs: its login, and to hand the lease back when the pod ends.
path "database/creds/app-role" {
  capabilities = ["read"]
}
path "sys/leases/revoke" {
  capabilities = ["update"]
}
