"""Crypto-PAn: a permutation of addresses that keeps prefixes, made of AES.

Two addresses that have their first n bits in common, and not the next one, have n bits in common afterwards. Whether
bit n + 1 is flipped is the first bit of AES over the first n bits, filled up with secret ones.

Source: J. Xu, J. Fan, M. Ammar, S. Moon, "Prefix-Preserving IP Address Anonymization", ICNP 2002.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_LEN = 32
_BLOCK = 16
_BITS = 8 * _BLOCK
_SALT = b"dovetool anonymise"


class CryptoPan:
    """The permutation of a key."""

    def __init__(self, key: bytes) -> None:
        """Begin with 32 octets: a key of AES, and what becomes the filling."""
        if len(key) != KEY_LEN:
            raise ValueError(f"a key of {len(key)} octets, not {KEY_LEN}")
        self._encrypt = Cipher(AES(key[:_BLOCK]), ECB()).encryptor().update  # noqa: S305  (single blocks)
        self._filling = int.from_bytes(self._encrypt(key[_BLOCK:]), "big")

    def flips(self, address: int, width: int) -> int:
        """The bits of an address of `width` bits that are to be flipped, as a number of as many bits."""
        whole = address << _BITS - width
        blocks = b"".join(
            (whole >> _BITS - place << _BITS - place | self._filling & (1 << _BITS - place) - 1).to_bytes(_BLOCK, "big")
            for place in range(width)
        )
        found = 0
        for octet in self._encrypt(blocks)[::_BLOCK]:
            found = found << 1 | octet >> 7
        return found


def keys_of(secret: bytes, count: int) -> list[bytes]:
    """Keys made of what a user gave, each for a use of its own; slowly, so that a weak one cannot be tried quickly."""
    made = hashlib.scrypt(secret, salt=_SALT, n=1 << 14, r=8, p=1, dklen=count * KEY_LEN)
    return [made[at : at + KEY_LEN] for at in range(0, len(made), KEY_LEN)]
