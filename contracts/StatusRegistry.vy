# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
"""
@title StatusRegistry: what an issuer has revoked or suspended, version by version
@license Apache-2.0
@notice A list belongs to an identity and a URL. The identity's owner or the list's committer
        commits changes to it; only the owner can clear what was set.
@dev Lists live in the events; storage keeps who may write and one head a list (version and
     running hash, see ABI.md). A commit writes one storage word, for that is most of its price.
"""

interface DidRegistry:
    def identityOwner(identity: address) -> address: view

event ListCreated:
    identity: indexed(address)
    listId: indexed(bytes32)
    url: String[512]
    width: uint8
    size: uint64
    purposes: String[128]

event CommitterChanged:
    listId: indexed(bytes32)
    committer: indexed(address)
    previous: bytes28

event Committed:
    listId: indexed(bytes32)
    version: uint32
    set: Bytes[32768]
    cleared: Bytes[32768]
    digest: bytes32
    root: bytes32
    previous: bytes28

LIST_CREATED: constant(bytes32) = keccak256("ListCreated(address,bytes32,string,uint8,uint64,string)")
COMMITTER_CHANGED: constant(bytes32) = keccak256("CommitterChanged(bytes32,address,bytes28)")
COMMITTED: constant(bytes32) = keccak256("Committed(bytes32,uint32,bytes,bytes,bytes32,bytes32,bytes28)")

# SHA-256 of nothing, spared in the common case that nothing is cleared.
EMPTY_HASH: constant(bytes32) = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

MAX_BITS: constant(uint64) = 2**32

# Masks of the packed words below.
RUNNING: constant(uint256) = 2**224 - 1
ADDRESS: constant(uint256) = 2**160 - 1
SIZE: constant(uint256) = 2**64 - 1

didRegistry: public(immutable(address))
nonce: public(HashMap[address, uint256])

# Per list: the first 4 bytes are its version, the other 28 its running hash.
heads: HashMap[bytes32, uint256]
# Per list, in one word: committer | width << 160 | size << 168. Read by every commit.
settings: HashMap[bytes32, uint256]
# Per list: whose it is. Read only where the owner's word is needed.
identities: HashMap[bytes32, address]


@deploy
def __init__(did_registry: address):
    assert did_registry.is_contract, "no_registry"
    didRegistry = did_registry


@view
@internal
def _owner(identity: address) -> address:
    return staticcall DidRegistry(didRegistry).identityOwner(identity)


@view
@internal
def _list_owner(list_id: bytes32) -> address:
    identity: address = self.identities[list_id]
    assert identity != empty(address), "no_list"
    return self._owner(identity)


@view
@internal
def _recover(words: Bytes[288], v: uint8, r: bytes32, s: bytes32) -> address:
    signer: address = ecrecover(keccak256(concat(x"1900", convert(self, bytes20), words)), v, r, s)
    assert signer != empty(address), "bad_signature"
    return signer


@pure
@internal
def _list_id(identity: address, url: String[512]) -> bytes32:
    return sha256(concat(convert(identity, bytes20), convert(url, Bytes[512])))


@internal
def _create(
    identity: address, url: String[512], url_hash: bytes32, width: uint8, size: uint64, purposes: String[128]
):
    assert len(url) > 0, "no_url"
    assert width in [1, 2, 4, 8], "bad_width"
    assert size > 0 and size <= MAX_BITS // convert(width, uint64), "bad_size"
    list_id: bytes32 = self._list_id(identity, url)
    assert self.identities[list_id] == empty(address), "list_exists"
    self.identities[list_id] = identity
    self.settings[list_id] = (convert(width, uint256) << 160) | (convert(size, uint256) << 168)
    digest: bytes32 = sha256(
        abi_encode(
            empty(bytes32), LIST_CREATED, identity, list_id, url_hash, width, size, sha256(purposes)
        )
    )
    self.heads[list_id] = convert(digest, uint256) >> 32
    log ListCreated(identity=identity, listId=list_id, url=url, width=width, size=size, purposes=purposes)


@external
def createList(identity: address, url: String[512], width: uint8, size: uint64, purposes: String[128]):
    """
    @notice Open a list of `size` entries of `width` bits. What it is cannot be changed later.
    """
    assert identity != empty(address) and msg.sender == self._owner(identity), "not_owner"
    self._create(identity, url, sha256(url), width, size, purposes)


@external
def createListSigned(
    identity: address,
    url: String[512],
    width: uint8,
    size: uint64,
    purposes: String[128],
    sigV: uint8,
    sigR: bytes32,
    sigS: bytes32,
):
    """
    @notice As createList, with the owner's signature instead of the owner as sender.
    """
    owner: address = self._owner(identity)
    url_hash: bytes32 = sha256(url)
    words: Bytes[288] = abi_encode(
        chain.id,
        keccak256("createList"),
        self.nonce[owner],
        identity,
        url_hash,
        width,
        size,
        sha256(purposes),
    )
    assert self._recover(words, sigV, sigR, sigS) == owner, "bad_signature"
    self.nonce[owner] += 1
    self._create(identity, url, url_hash, width, size, purposes)


@internal
def _set_committer(list_id: bytes32, committer: address):
    self.settings[list_id] = ((self.settings[list_id] >> 160) << 160) | convert(committer, uint256)
    head: uint256 = self.heads[list_id]
    previous: bytes28 = convert(convert(head & RUNNING, uint224), bytes28)
    digest: bytes32 = sha256(abi_encode(previous, COMMITTER_CHANGED, list_id, committer))
    self.heads[list_id] = ((head >> 224) << 224) | (convert(digest, uint256) >> 32)
    log CommitterChanged(listId=list_id, committer=committer, previous=previous)


@external
def setCommitter(listId: bytes32, committer: address):
    """
    @notice Name the one key beside the owner's that may set bits; the zero address names none.
    """
    assert msg.sender == self._list_owner(listId), "not_owner"
    self._set_committer(listId, committer)


@external
def setCommitterSigned(listId: bytes32, committer: address, sigV: uint8, sigR: bytes32, sigS: bytes32):
    """
    @notice As setCommitter, with the owner's signature.
    """
    owner: address = self._list_owner(listId)
    words: Bytes[288] = abi_encode(
        chain.id, keccak256("setCommitter"), self.nonce[owner], listId, committer
    )
    assert self._recover(words, sigV, sigR, sigS) == owner, "bad_signature"
    self.nonce[owner] += 1
    self._set_committer(listId, committer)


@view
@internal
def _authorize(list_id: bytes32, actor: address, clears: bool):
    # The committer first: one storage read decides the common case. A list that does not exist
    # has no committer, and the zero address neither sends nor is recovered.
    committer: address = convert(self.settings[list_id] & ADDRESS, address)
    if clears or actor != committer:
        assert actor == self._list_owner(list_id), "not_allowed"


@internal
def _advance(
    list_id: bytes32, version: uint32, set_hash: bytes32, cleared_hash: bytes32, digest: bytes32, root: bytes32
) -> bytes28:
    head: uint256 = self.heads[list_id]
    assert version == convert(head >> 224, uint32) + 1, "version_gap"
    previous: bytes28 = convert(convert(head & RUNNING, uint224), bytes28)
    running: bytes32 = sha256(
        abi_encode(previous, COMMITTED, list_id, version, set_hash, cleared_hash, digest, root)
    )
    self.heads[list_id] = (convert(version, uint256) << 224) | (convert(running, uint256) >> 32)
    return previous


@view
@internal
def _committer_of(
    list_id: bytes32,
    version: uint32,
    set_hash: bytes32,
    cleared_hash: bytes32,
    digest: bytes32,
    root: bytes32,
    v: uint8,
    r: bytes32,
    s: bytes32,
) -> address:
    # The version can be used once, so a signature over it can be too: no nonce is needed.
    words: Bytes[288] = abi_encode(
        chain.id, keccak256("commit"), list_id, version, set_hash, cleared_hash, digest, root
    )
    return self._recover(words, v, r, s)


@external
def commit(
    listId: bytes32, version: uint32, set: Bytes[512], cleared: Bytes[512], digest: bytes32, root: bytes32
):
    """
    @notice Set and clear entries' bits; `digest` is the whole list's afterwards. The version must
            be the next one. The owner and the committer may set, only the owner may clear.
    """
    clears: bool = len(cleared) > 0
    self._authorize(listId, msg.sender, clears)
    cleared_hash: bytes32 = EMPTY_HASH
    if clears:
        cleared_hash = sha256(cleared)
    previous: bytes28 = self._advance(listId, version, sha256(set), cleared_hash, digest, root)
    log Committed(
        listId=listId,
        version=version,
        set=set,
        cleared=cleared,
        digest=digest,
        root=root,
        previous=previous,
    )


@external
def commitLarge(
    listId: bytes32, version: uint32, set: Bytes[32768], cleared: Bytes[32768], digest: bytes32, root: bytes32
):
    """
    @notice As commit, for more than 512 bytes: memory is paid for by the bound.
    """
    self._authorize(listId, msg.sender, len(cleared) > 0)
    previous: bytes28 = self._advance(listId, version, sha256(set), sha256(cleared), digest, root)
    log Committed(
        listId=listId,
        version=version,
        set=set,
        cleared=cleared,
        digest=digest,
        root=root,
        previous=previous,
    )


@external
def commitSigned(
    listId: bytes32,
    version: uint32,
    set: Bytes[512],
    cleared: Bytes[512],
    digest: bytes32,
    root: bytes32,
    sigV: uint8,
    sigR: bytes32,
    sigS: bytes32,
):
    """
    @notice As commit, with the owner's or committer's signature instead of them as sender.
    """
    set_hash: bytes32 = sha256(set)
    cleared_hash: bytes32 = sha256(cleared)
    actor: address = self._committer_of(
        listId, version, set_hash, cleared_hash, digest, root, sigV, sigR, sigS
    )
    self._authorize(listId, actor, len(cleared) > 0)
    previous: bytes28 = self._advance(listId, version, set_hash, cleared_hash, digest, root)
    log Committed(
        listId=listId,
        version=version,
        set=set,
        cleared=cleared,
        digest=digest,
        root=root,
        previous=previous,
    )


@external
def commitLargeSigned(
    listId: bytes32,
    version: uint32,
    set: Bytes[32768],
    cleared: Bytes[32768],
    digest: bytes32,
    root: bytes32,
    sigV: uint8,
    sigR: bytes32,
    sigS: bytes32,
):
    """
    @notice As commitLarge, with the owner's or committer's signature.
    """
    set_hash: bytes32 = sha256(set)
    cleared_hash: bytes32 = sha256(cleared)
    actor: address = self._committer_of(
        listId, version, set_hash, cleared_hash, digest, root, sigV, sigR, sigS
    )
    self._authorize(listId, actor, len(cleared) > 0)
    previous: bytes28 = self._advance(listId, version, set_hash, cleared_hash, digest, root)
    log Committed(
        listId=listId,
        version=version,
        set=set,
        cleared=cleared,
        digest=digest,
        root=root,
        previous=previous,
    )


@pure
@external
def listIdOf(identity: address, url: String[512]) -> bytes32:
    """
    @notice The id of the list an identity keeps under a URL, created or not.
    """
    return self._list_id(identity, url)


@view
@external
def lists(listId: bytes32) -> (address, address, uint8, uint64):
    """
    @notice A list's identity, committer, width and size; all zero when there is no such list.
    """
    word: uint256 = self.settings[listId]
    return (
        self.identities[listId],
        convert(word & ADDRESS, address),
        convert((word >> 160) & 255, uint8),
        convert((word >> 168) & SIZE, uint64),
    )


@view
@external
def head(listId: bytes32) -> (uint32, bytes28):
    """
    @notice A list's version and running hash.
    """
    word: uint256 = self.heads[listId]
    return convert(word >> 224, uint32), convert(convert(word & RUNNING, uint224), bytes28)
