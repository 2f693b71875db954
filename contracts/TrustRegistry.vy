# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
"""
@title TrustRegistry: who may issue what, and who asks under which registration
@license Apache-2.0
@notice Governance accredits issuers and registers service providers and list signers; an issuer
        whose accreditation allows it passes its right on, one level deep.
@dev Followers read the events; storage keeps what later calls need and, per identity, a head
     (event count and running hash, see ABI.md). Governance may be any contract.
"""

interface DidRegistry:
    def identityOwner(identity: address) -> address: view

event Accredited:
    identity: indexed(address)
    typeId: indexed(bytes32)
    schemaDigest: bytes32
    validFrom: uint64
    validUntil: uint64
    mayDelegate: bool
    identifier: String[256]
    caDigest: bytes32
    version: uint32
    previous: bytes28

event Withdrawn:
    identity: indexed(address)
    typeId: indexed(bytes32)
    keepsAnchored: bool
    version: uint32
    previous: bytes28

event Delegated:
    identity: indexed(address)
    typeId: indexed(bytes32)
    delegate: indexed(address)
    validFrom: uint64
    validUntil: uint64
    version: uint32
    previous: bytes28

event DelegationWithdrawn:
    identity: indexed(address)
    typeId: indexed(bytes32)
    delegate: indexed(address)
    keepsAnchored: bool
    version: uint32
    previous: bytes28

event ServiceProviderRegistered:
    identity: indexed(address)
    digest: bytes32
    validFrom: uint64
    validUntil: uint64
    version: uint32
    previous: bytes28

event ServiceProviderWithdrawn:
    identity: indexed(address)
    version: uint32
    previous: bytes28

event ListSignerRegistered:
    identity: indexed(address)
    signer: indexed(address)
    validFrom: uint64
    validUntil: uint64
    version: uint32
    previous: bytes28

event ListSignerWithdrawn:
    identity: indexed(address)
    signer: indexed(address)
    version: uint32
    previous: bytes28

event GovernanceProposed:
    governance: indexed(address)
    proposed: indexed(address)
    version: uint32
    previous: bytes28

event GovernanceChanged:
    former: indexed(address)
    governance: indexed(address)
    version: uint32
    previous: bytes28

ACCREDITED: constant(bytes32) = keccak256("Accredited(address,bytes32,bytes32,uint64,uint64,bool,string,bytes32,uint32,bytes28)")
WITHDRAWN: constant(bytes32) = keccak256("Withdrawn(address,bytes32,bool,uint32,bytes28)")
DELEGATED: constant(bytes32) = keccak256("Delegated(address,bytes32,address,uint64,uint64,uint32,bytes28)")
DELEGATION_WITHDRAWN: constant(bytes32) = keccak256("DelegationWithdrawn(address,bytes32,address,bool,uint32,bytes28)")
PROVIDER_REGISTERED: constant(bytes32) = keccak256("ServiceProviderRegistered(address,bytes32,uint64,uint64,uint32,bytes28)")
PROVIDER_WITHDRAWN: constant(bytes32) = keccak256("ServiceProviderWithdrawn(address,uint32,bytes28)")
SIGNER_REGISTERED: constant(bytes32) = keccak256("ListSignerRegistered(address,address,uint64,uint64,uint32,bytes28)")
SIGNER_WITHDRAWN: constant(bytes32) = keccak256("ListSignerWithdrawn(address,address,uint32,bytes28)")
GOVERNANCE_PROPOSED: constant(bytes32) = keccak256("GovernanceProposed(address,address,uint32,bytes28)")
GOVERNANCE_CHANGED: constant(bytes32) = keccak256("GovernanceChanged(address,address,uint32,bytes28)")

# Where a right stands (zero: never granted). Withdrawals only lower it; a new grant starts again at GRANTED.
GRANTED: constant(uint8) = 1
ENDED_ANCHORED_STAY: constant(uint8) = 2
ENDED: constant(uint8) = 3

# Masks of the packed words below.
RUNNING: constant(uint256) = 2**224 - 1
TIME: constant(uint256) = 2**64 - 1

governance: public(address)
proposedGovernance: public(address)
didRegistry: public(immutable(address))
nonce: public(HashMap[address, uint256])

# Per identity: the first 4 bytes count its events, the other 28 are its running hash.
heads: HashMap[address, uint256]
# Per identity and type, in one word: state | may delegate << 8 | validFrom << 16 | validUntil << 80.
accreditations: HashMap[address, HashMap[bytes32, uint256]]
delegations: HashMap[address, HashMap[bytes32, HashMap[address, uint8]]]
providers: HashMap[address, bool]
signers: HashMap[address, HashMap[address, bool]]


@deploy
def __init__(governance: address, did_registry: address):
    assert governance != empty(address), "no_governance"
    assert did_registry.is_contract, "no_registry"
    didRegistry = did_registry
    self._set_governance(governance)


@internal
def _advance(identity: address, digest: bytes32, version: uint32):
    self.heads[identity] = (convert(version, uint256) << 224) | (convert(digest, uint256) >> 32)


@view
@internal
def _next(identity: address) -> uint32:
    return convert(self.heads[identity] >> 224, uint32) + 1


@view
@internal
def _running(identity: address) -> bytes28:
    return convert(convert(self.heads[identity] & RUNNING, uint224), bytes28)


@internal
def _set_governance(governance: address):
    former: address = self.governance
    self.governance = governance
    self.proposedGovernance = empty(address)
    version: uint32 = self._next(empty(address))
    previous: bytes28 = self._running(empty(address))
    self._advance(
        empty(address), sha256(abi_encode(previous, GOVERNANCE_CHANGED, former, governance, version)), version
    )
    log GovernanceChanged(former=former, governance=governance, version=version, previous=previous)


@view
@internal
def _only_governance():
    assert msg.sender == self.governance, "not_governance"


@view
@internal
def _owner(identity: address) -> address:
    return staticcall DidRegistry(didRegistry).identityOwner(identity)


@internal
def _authorize_signed(identity: address, v: uint8, r: bytes32, s: bytes32, words: Bytes[256]):
    signer: address = ecrecover(keccak256(concat(x"1900", convert(self, bytes20), words)), v, r, s)
    assert signer != empty(address) and signer == self._owner(identity), "bad_signature"
    self.nonce[signer] += 1


@pure
@internal
def _check_period(valid_from: uint64, valid_until: uint64):
    assert valid_from < valid_until, "bad_period"


@external
def changeGovernance(proposed: address):
    """
    @notice Propose who governs next. Nothing changes until the proposed account accepts, so that
            a mistyped address loses nothing; the zero address takes a proposal back.
    """
    self._only_governance()
    self.proposedGovernance = proposed
    version: uint32 = self._next(empty(address))
    previous: bytes28 = self._running(empty(address))
    self._advance(
        empty(address), sha256(abi_encode(previous, GOVERNANCE_PROPOSED, msg.sender, proposed, version)), version
    )
    log GovernanceProposed(governance=msg.sender, proposed=proposed, version=version, previous=previous)


@external
def acceptGovernance():
    """
    @notice Take over governance. Only the account proposed last may.
    """
    assert msg.sender == self.proposedGovernance, "not_proposed"
    self._set_governance(msg.sender)


@external
def accredit(
    identity: address,
    typeId: bytes32,
    schemaDigest: bytes32,
    validFrom: uint64,
    validUntil: uint64,
    mayDelegate: bool,
    identifier: String[256],
    caDigest: bytes32,
):
    """
    @notice Give an identity the right to issue a credential type from and until a time (seconds).
            A second call for the same identity and type replaces the first.
    """
    self._only_governance()
    assert identity != empty(address), "no_identity"
    self._check_period(validFrom, validUntil)
    self.accreditations[identity][typeId] = (
        convert(GRANTED, uint256)
        | (convert(mayDelegate, uint256) << 8)
        | (convert(validFrom, uint256) << 16)
        | (convert(validUntil, uint256) << 80)
    )
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    digest: bytes32 = sha256(
        abi_encode(
            previous,
            ACCREDITED,
            identity,
            typeId,
            schemaDigest,
            validFrom,
            validUntil,
            mayDelegate,
            sha256(identifier),
            caDigest,
            version,
        )
    )
    self._advance(identity, digest, version)
    log Accredited(
        identity=identity,
        typeId=typeId,
        schemaDigest=schemaDigest,
        validFrom=validFrom,
        validUntil=validUntil,
        mayDelegate=mayDelegate,
        identifier=identifier,
        caDigest=caDigest,
        version=version,
        previous=previous,
    )


@pure
@internal
def _ended(state: uint8, keeps_anchored: bool) -> uint8:
    # A withdrawal may be sharpened (what was anchored no longer stays good), never softened.
    if keeps_anchored:
        assert state == GRANTED, "not_granted"
        return ENDED_ANCHORED_STAY
    assert state == GRANTED or state == ENDED_ANCHORED_STAY, "not_granted"
    return ENDED


@external
def withdraw(identity: address, typeId: bytes32, keepsAnchored: bool):
    """
    @notice Take the right back, and say whether credentials anchored before stay good.
    """
    self._only_governance()
    record: uint256 = self.accreditations[identity][typeId]
    state: uint8 = self._ended(convert(record & 255, uint8), keepsAnchored)
    self.accreditations[identity][typeId] = ((record >> 8) << 8) | convert(state, uint256)
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    self._advance(
        identity, sha256(abi_encode(previous, WITHDRAWN, identity, typeId, keepsAnchored, version)), version
    )
    log Withdrawn(
        identity=identity, typeId=typeId, keepsAnchored=keepsAnchored, version=version, previous=previous
    )


@internal
def _delegate(identity: address, type_id: bytes32, to: address, valid_from: uint64, valid_until: uint64):
    assert to != identity and to != empty(address), "bad_delegate"
    self._check_period(valid_from, valid_until)
    record: uint256 = self.accreditations[identity][type_id]
    assert convert(record & 255, uint8) == GRANTED, "not_granted"
    assert (record >> 8) & 255 == 1, "may_not_delegate"
    assert valid_from >= convert((record >> 16) & TIME, uint64), "outside_period"
    assert valid_until <= convert((record >> 80) & TIME, uint64), "outside_period"
    self.delegations[identity][type_id][to] = GRANTED
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    self._advance(
        identity,
        sha256(abi_encode(previous, DELEGATED, identity, type_id, to, valid_from, valid_until, version)),
        version,
    )
    log Delegated(
        identity=identity,
        typeId=type_id,
        delegate=to,
        validFrom=valid_from,
        validUntil=valid_until,
        version=version,
        previous=previous,
    )


@external
def delegate(identity: address, typeId: bytes32, to: address, validFrom: uint64, validUntil: uint64):
    """
    @notice Pass the right to issue a type on to another identity, inside one's own period. Only
            the owner of an accredited identity may, and a delegate cannot pass it on.
    """
    assert msg.sender == self._owner(identity), "not_owner"
    self._delegate(identity, typeId, to, validFrom, validUntil)


@external
def delegateSigned(
    identity: address,
    typeId: bytes32,
    to: address,
    validFrom: uint64,
    validUntil: uint64,
    sigV: uint8,
    sigR: bytes32,
    sigS: bytes32,
):
    """
    @notice As delegate, with the owner's signature instead of the owner as sender.
    """
    self._authorize_signed(
        identity,
        sigV,
        sigR,
        sigS,
        abi_encode(
            chain.id,
            keccak256("delegate"),
            self.nonce[self._owner(identity)],
            identity,
            typeId,
            to,
            validFrom,
            validUntil,
        ),
    )
    self._delegate(identity, typeId, to, validFrom, validUntil)


@internal
def _withdraw_delegation(identity: address, type_id: bytes32, to: address, keeps_anchored: bool):
    self.delegations[identity][type_id][to] = self._ended(
        self.delegations[identity][type_id][to], keeps_anchored
    )
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    self._advance(
        identity,
        sha256(abi_encode(previous, DELEGATION_WITHDRAWN, identity, type_id, to, keeps_anchored, version)),
        version,
    )
    log DelegationWithdrawn(
        identity=identity,
        typeId=type_id,
        delegate=to,
        keepsAnchored=keeps_anchored,
        version=version,
        previous=previous,
    )


@external
def withdrawDelegation(identity: address, typeId: bytes32, to: address, keepsAnchored: bool):
    """
    @notice End a delegation. The identity's owner and governance may.
    """
    assert msg.sender == self.governance or msg.sender == self._owner(identity), "not_owner"
    self._withdraw_delegation(identity, typeId, to, keepsAnchored)


@external
def withdrawDelegationSigned(
    identity: address, typeId: bytes32, to: address, keepsAnchored: bool, sigV: uint8, sigR: bytes32, sigS: bytes32
):
    """
    @notice As withdrawDelegation, with the owner's signature.
    """
    self._authorize_signed(
        identity,
        sigV,
        sigR,
        sigS,
        abi_encode(
            chain.id,
            keccak256("withdrawDelegation"),
            self.nonce[self._owner(identity)],
            identity,
            typeId,
            to,
            keepsAnchored,
        ),
    )
    self._withdraw_delegation(identity, typeId, to, keepsAnchored)


@external
def registerServiceProvider(identity: address, digest: bytes32, validFrom: uint64, validUntil: uint64):
    """
    @notice Register a service provider with the digest of its public registration document. A
            second call for the same identity replaces the first.
    """
    self._only_governance()
    assert identity != empty(address), "no_identity"
    self._check_period(validFrom, validUntil)
    self.providers[identity] = True
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    self._advance(
        identity,
        sha256(abi_encode(previous, PROVIDER_REGISTERED, identity, digest, validFrom, validUntil, version)),
        version,
    )
    log ServiceProviderRegistered(
        identity=identity,
        digest=digest,
        validFrom=validFrom,
        validUntil=validUntil,
        version=version,
        previous=previous,
    )


@external
def withdrawServiceProvider(identity: address):
    """
    @notice End a service provider's registration.
    """
    self._only_governance()
    assert self.providers[identity], "not_granted"
    self.providers[identity] = False
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    self._advance(identity, sha256(abi_encode(previous, PROVIDER_WITHDRAWN, identity, version)), version)
    log ServiceProviderWithdrawn(identity=identity, version=version, previous=previous)


@external
def registerListSigner(identity: address, signer: address, validFrom: uint64, validUntil: uint64):
    """
    @notice Allow another identity to sign the published status lists of an issuer.
    """
    self._only_governance()
    assert identity != empty(address) and signer != empty(address), "no_identity"
    self._check_period(validFrom, validUntil)
    self.signers[identity][signer] = True
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    self._advance(
        identity,
        sha256(abi_encode(previous, SIGNER_REGISTERED, identity, signer, validFrom, validUntil, version)),
        version,
    )
    log ListSignerRegistered(
        identity=identity,
        signer=signer,
        validFrom=validFrom,
        validUntil=validUntil,
        version=version,
        previous=previous,
    )


@external
def withdrawListSigner(identity: address, signer: address):
    """
    @notice End a list signer's right.
    """
    self._only_governance()
    assert self.signers[identity][signer], "not_granted"
    self.signers[identity][signer] = False
    version: uint32 = self._next(identity)
    previous: bytes28 = self._running(identity)
    self._advance(identity, sha256(abi_encode(previous, SIGNER_WITHDRAWN, identity, signer, version)), version)
    log ListSignerWithdrawn(identity=identity, signer=signer, version=version, previous=previous)


@view
@external
def head(identity: address) -> (uint32, bytes28):
    """
    @notice How many events an identity has (governance: the zero address) and their running hash.
    """
    return convert(self.heads[identity] >> 224, uint32), self._running(identity)
