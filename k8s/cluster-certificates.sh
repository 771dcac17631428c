#!/usr/bin/env bash
# Makes an authority for one cluster, and certificates of it for its silos and web fronts, into a folder: for clusters without cert-manager.
# Again in the same folder: new certificates of the same authority, which running programs take up by themselves once the secrets have them.
#   k8s/cluster-certificates.sh FOLDER [DAYS]
set -euo pipefail
folder=${1:?usage: cluster-certificates.sh FOLDER [DAYS]} days=${2:-365}
mkdir -p "$folder"
cd "$folder"
umask 077

if [ ! -e ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=orleans-gateway cluster" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.crt
fi

issue() { # name usages
  mkdir -p "$1"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$1" -keyout "$1/tls.key" -out "$1/tls.csr"
  openssl x509 -req -in "$1/tls.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days "$days" -out "$1/tls.crt" \
    -extfile <(printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$2")
  cp ca.crt "$1/ca.crt"
  rm "$1/tls.csr"
}

issue silo serverAuth,clientAuth
issue webfront clientAuth # a client only: with it no one passes for a silo
echo "Made in $folder. Keep ca.key away from the cluster."
