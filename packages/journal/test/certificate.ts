/**
 * A certificate for tests, self-signed for 127.0.0.1 and localhost, valid from 2020 to 2120, and its key. It protects
 * nothing: nobody trusts it who is not told to.
 */

export const CERTIFICATE: string = `-----BEGIN CERTIFICATE-----
MIIBazCCARGgAwIBAgIBATAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAtyZWRpcy5s
b2NhbDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UE
AwwLcmVkaXMubG9jYWwwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQQXTY4yeWx
B5W6q8B1frIT+Vw6ZD2qSe+0c4RxAxk/qxVnnZV8YBK2Wh9PL3HGQ9b30LyinfZc
HxDflka+dimto04wTDAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwDwYDVR0T
AQH/BAUwAwEB/zAdBgNVHQ4EFgQUPpKpzCWoZ8G24OgYBStmx+VRUp0wCgYIKoZI
zj0EAwIDSAAwRQIhALJvfjToKWpn93H3gU1QQ62BFZJw0jG5GB4Euk2Wb3blAiBx
BZUl7eqIcWx12EXSVviu6gZTbya4esJKI63SFL7Pfw==
-----END CERTIFICATE-----
`;

export const KEY: string = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5qjzvPQj+wepP+8X
e2ryhjybWDCDAQes9hPFwWuxiQyhRANCAAQQXTY4yeWxB5W6q8B1frIT+Vw6ZD2q
Se+0c4RxAxk/qxVnnZV8YBK2Wh9PL3HGQ9b30LyinfZcHxDflka+dimt
-----END PRIVATE KEY-----
`;
