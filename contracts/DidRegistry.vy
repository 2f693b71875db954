# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
"""
@title DidRegistry: identifiers, their owners, delegates and attributes
@license Apache-2.0
@notice The interface and the events of ERC-1056, so that any resolver of did:ethr reads it.
@dev What it adds stands in storage only: per identity a head (event count and running hash, see
     ABI.md), by which a follower proves that no event was kept from it. What it narrows: an
     attribute's value is at most 1,024 bytes, and an unrecoverable signature never passes.
"""

event DIDOwnerChanged:
    identity: indexed(address)
    owner: address
    previousChange: uint256

event DIDDelegateChanged:
    identity: indexed(address)
    delegateType: bytes32
    delegate: address
    validTo: uint256
    previousChange: uint256

event DIDAttributeChanged:
    identity: indexed(address)
    name: bytes32
    value: Bytes[1024]
    validTo: uint256
    previousChange: uint256

OWNER_CHANGED: constant(bytes32) = keccak256("DIDOwnerChanged(address,address,uint256)")
DELEGATE_CHANGED: constant(bytes32) = keccak256("DIDDelegateChanged(address,bytes32,address,uint256,uint256)")
ATTRIBUTE_CHANGED: constant(bytes32) = keccak256("DIDAttributeChanged(address,bytes32,bytes,uint256,uint256)")

owners: public(HashMap[address, address])
delegates: public(HashMap[address, HashMap[bytes32, HashMap[address, uint256]]])
changed: public(HashMap[address, uint256])
nonce: public(HashMap[address, uint256])

# Slot 4. The first 4 bytes count the identity's events, the other 28 are its running hash.
heads: HashMap[address, uint256]


@view
@internal
def _owner(identity: address) -> address:
    owner: address = self.owners[identity]
    if owner != empty(address):
        return owner
    return identity


@view
@internal
def _running(identity: address) -> bytes32:
    return convert(self.heads[identity] << 32, bytes32)


@internal
def _record(identity: address, digest: bytes32):
    count: uint256 = (self.heads[identity] >> 224) + 1
    self.heads[identity] = (count << 224) | (convert(digest, uint256) >> 32)
    self.changed[identity] = block.number


@view
@internal
def _authorize(identity: address, actor: address):
    assert actor == self._owner(identity), "bad_actor"


@view
@internal
def _signed_nonce(identity: address) -> bytes32:
    return convert(self.nonce[self._owner(identity)], bytes32)


@internal
def _authorize_signed(identity: address, v: uint8, r: bytes32, s: bytes32, digest: bytes32):
    signer: address = ecrecover(digest, v, r, s)
    assert signer != empty(address) and signer == self._owner(identity), "bad_signature"
    self.nonce[signer] += 1


@internal
def _change_owner(identity: address, new_owner: address):
    previous: uint256 = self.changed[identity]
    self.owners[identity] = new_owner
    log DIDOwnerChanged(identity=identity, owner=new_owner, previousChange=previous)
    self._record(
        identity,
        sha256(abi_encode(self._running(identity), OWNER_CHANGED, identity, new_owner, previous)),
    )


@internal
def _set_delegate(identity: address, delegate_type: bytes32, delegate: address, valid_to: uint256):
    previous: uint256 = self.changed[identity]
    self.delegates[identity][keccak256(delegate_type)][delegate] = valid_to
    log DIDDelegateChanged(
        identity=identity,
        delegateType=delegate_type,
        delegate=delegate,
        validTo=valid_to,
        previousChange=previous,
    )
    self._record(
        identity,
        sha256(
            abi_encode(
                self._running(identity), DELEGATE_CHANGED, identity, delegate_type, delegate, valid_to, previous
            )
        ),
    )


@internal
def _set_attribute(identity: address, name: bytes32, content: Bytes[1024], valid_to: uint256):
    previous: uint256 = self.changed[identity]
    log DIDAttributeChanged(
        identity=identity, name=name, value=content, validTo=valid_to, previousChange=previous
    )
    self._record(
        identity,
        sha256(
            abi_encode(
                self._running(identity), ATTRIBUTE_CHANGED, identity, name, sha256(content), valid_to, previous
            )
        ),
    )


@view
@external
def identityOwner(identity: address) -> address:
    """
    @notice Who may write for an identity: itself, until it names another.
    """
    return self._owner(identity)


@view
@external
def validDelegate(identity: address, delegateType: bytes32, delegate: address) -> bool:
    """
    @notice Whether a delegate of this type is named and its time not over.
    """
    return self.delegates[identity][keccak256(delegateType)][delegate] > block.timestamp


@external
def changeOwner(identity: address, newOwner: address):
    """
    @notice Hand the identity over. The zero address deactivates it in the eyes of resolvers.
    """
    self._authorize(identity, msg.sender)
    self._change_owner(identity, newOwner)


@external
def changeOwnerSigned(identity: address, sigV: uint8, sigR: bytes32, sigS: bytes32, newOwner: address):
    """
    @notice As changeOwner, with the owner's signature instead of the owner as sender.
    """
    digest: bytes32 = keccak256(
        concat(
            x"1900",
            convert(self, bytes20),
            self._signed_nonce(identity),
            convert(identity, bytes20),
            b"changeOwner",
            convert(newOwner, bytes20),
        )
    )
    self._authorize_signed(identity, sigV, sigR, sigS, digest)
    self._change_owner(identity, newOwner)


@external
def addDelegate(identity: address, delegateType: bytes32, delegate: address, validity: uint256):
    """
    @notice Name a delegate for a number of seconds.
    """
    self._authorize(identity, msg.sender)
    self._set_delegate(identity, delegateType, delegate, block.timestamp + validity)


@external
def addDelegateSigned(
    identity: address,
    sigV: uint8,
    sigR: bytes32,
    sigS: bytes32,
    delegateType: bytes32,
    delegate: address,
    validity: uint256,
):
    """
    @notice As addDelegate, with the owner's signature.
    """
    digest: bytes32 = keccak256(
        concat(
            x"1900",
            convert(self, bytes20),
            self._signed_nonce(identity),
            convert(identity, bytes20),
            b"addDelegate",
            delegateType,
            convert(delegate, bytes20),
            convert(validity, bytes32),
        )
    )
    self._authorize_signed(identity, sigV, sigR, sigS, digest)
    self._set_delegate(identity, delegateType, delegate, block.timestamp + validity)


@external
def revokeDelegate(identity: address, delegateType: bytes32, delegate: address):
    """
    @notice End a delegate's time with this block.
    """
    self._authorize(identity, msg.sender)
    self._set_delegate(identity, delegateType, delegate, block.timestamp)


@external
def revokeDelegateSigned(
    identity: address, sigV: uint8, sigR: bytes32, sigS: bytes32, delegateType: bytes32, delegate: address
):
    """
    @notice As revokeDelegate, with the owner's signature.
    """
    digest: bytes32 = keccak256(
        concat(
            x"1900",
            convert(self, bytes20),
            self._signed_nonce(identity),
            convert(identity, bytes20),
            b"revokeDelegate",
            delegateType,
            convert(delegate, bytes20),
        )
    )
    self._authorize_signed(identity, sigV, sigR, sigS, digest)
    self._set_delegate(identity, delegateType, delegate, block.timestamp)


@external
def setAttribute(identity: address, name: bytes32, content: Bytes[1024], validity: uint256):
    """
    @notice State an attribute (a key, a service) for a number of seconds.
    """
    self._authorize(identity, msg.sender)
    self._set_attribute(identity, name, content, block.timestamp + validity)


@external
def setAttributeSigned(
    identity: address,
    sigV: uint8,
    sigR: bytes32,
    sigS: bytes32,
    name: bytes32,
    content: Bytes[1024],
    validity: uint256,
):
    """
    @notice As setAttribute, with the owner's signature.
    """
    digest: bytes32 = keccak256(
        concat(
            x"1900",
            convert(self, bytes20),
            self._signed_nonce(identity),
            convert(identity, bytes20),
            b"setAttribute",
            name,
            content,
            convert(validity, bytes32),
        )
    )
    self._authorize_signed(identity, sigV, sigR, sigS, digest)
    self._set_attribute(identity, name, content, block.timestamp + validity)


@external
def revokeAttribute(identity: address, name: bytes32, content: Bytes[1024]):
    """
    @notice Revoke an attribute: its valid-to becomes zero.
    """
    self._authorize(identity, msg.sender)
    self._set_attribute(identity, name, content, 0)


@external
def revokeAttributeSigned(
    identity: address, sigV: uint8, sigR: bytes32, sigS: bytes32, name: bytes32, content: Bytes[1024]
):
    """
    @notice As revokeAttribute, with the owner's signature.
    """
    digest: bytes32 = keccak256(
        concat(
            x"1900",
            convert(self, bytes20),
            self._signed_nonce(identity),
            convert(identity, bytes20),
            b"revokeAttribute",
            name,
            content,
        )
    )
    self._authorize_signed(identity, sigV, sigR, sigS, digest)
    self._set_attribute(identity, name, content, 0)
