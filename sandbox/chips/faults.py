"""Everything that can be wrong with a chip here, by name, and what is unusual and right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.errors import LocalError
from sandbox.chips import faults_groups as groups
from sandbox.chips import faults_lists as lists
from sandbox.chips import faults_objects as objects
from sandbox.chips import faults_proofs as proofs
from sandbox.chips import faults_signers as signers
from sandbox.chips import variants

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.chips.chip import Case, World
    from sandbox.chips.keys import Algorithm

    Maker: TypeAlias = Callable[[World], Case]

_FAULTS: Final = (
    groups.altered_group, groups.altered_portrait, groups.trailing_bytes, groups.swapped_groups,
    groups.missing_group, groups.missing_portrait, groups.extra_group, groups.hidden_key,
    groups.wrong_hash_algorithm, groups.unknown_hash_algorithm, groups.group_twice, groups.rewritten_hashes,
    groups.wrong_country, signers.expired_signer, signers.early_signer, signers.signer_past_usage,
    signers.signer_without_key_usage, signers.signer_for_other_use, signers.signer_of_other_documents,
    signers.signer_with_unknown_extension, signers.signer_is_authority,
    signers.signer_in_other_countrys_name, signers.future_signing, signers.signed_by_root,
    signers.signed_by_list_signer, signers.revoked_signer, signers.revoked_root, signers.forged_revocations,
    signers.stale_revocations, signers.self_signed_signer, signers.self_issued_signer,
    signers.unknown_country, signers.foreign_signer, signers.foreign_issuer, signers.two_algorithms,
    signers.root_without_authority, signers.root_without_key_usage, signers.expired_root, signers.weak_rsa,
    signers.short_rsa, signers.weak_curve, signers.changed_generator, signers.point_off_curve,
    signers.without_cofactor, signers.forged_padding, signers.zero_signature, signers.forged_root,
    lists.altered_master_list, lists.master_list_by_document_signer, lists.master_list_by_stranger,
    lists.security_object_as_master_list, objects.other_attributes, objects.tagged_attributes,
    objects.no_message_digest, objects.wrong_message_digest, objects.digest_twice, objects.no_content_type,
    objects.wrong_content_type, objects.wrong_content, objects.no_attributes, objects.two_signers,
    objects.no_signer, objects.no_certificate, objects.altered_signature, objects.wrong_digest_algorithm,
    objects.wrong_oids, objects.not_signed, objects.indefinite_lengths, objects.million_byte_length,
    objects.endless_length, objects.padded_length, objects.truncated, objects.trailing_object,
    objects.wrong_tag, objects.deeply_nested, objects.empty, proofs.replayed_active_authentication,
    proofs.cloned_chip, proofs.cloned_chip_with_key, proofs.garbled_active_authentication,
    proofs.zero_active_authentication, proofs.short_active_authentication,
)  # fmt: skip
_VARIANTS: Final = (
    variants.good, variants.named_by_key, variants.version_1, variants.no_signing_time,
    variants.expired_since, variants.more_certificates, variants.odd_certificate, variants.types_alone,
    variants.issuer_in_other_order, variants.linked, variants.both_generations,
    variants.protected_group, variants.jpeg_2000, variants.no_common, variants.absent_parameters,
    variants.pss_key, variants.name_in_other_letters, variants.sparse_signer, variants.after_2050,
    variants.former_root, variants.other_group_hash, variants.named_rsa,
)  # fmt: skip
FAULTS: Final[dict[str, Maker]] = {maker.__name__: maker for maker in _FAULTS}
"""What must be refused."""
VARIANTS: Final[dict[str, Maker]] = {maker.__name__: maker for maker in _VARIANTS}
"""What must not."""
_ONLY: Final = {
    "weak_rsa": ("rsa", "pss"),
    "short_rsa": ("rsa", "pss"),
    "weak_curve": ("ecdsa",),
    "changed_generator": ("ecdsa",),
    "point_off_curve": ("ecdsa",),
    "zero_signature": ("ecdsa",),
    "forged_padding": ("rsa",),
    "forged_root": ("ecdsa",),
    "without_cofactor": ("ecdsa",),
    "pss_key": ("pss",),
    "named_rsa": ("rsa",),
}


def maker_named(name: str, algorithm: Algorithm) -> Maker:
    """What makes a chip with the fault, or the variant, of that name.

    Raises:
        LocalError: ``sandbox.chip``, naming those that there are with the algorithm.
    """
    there = {one: maker for one, maker in (VARIANTS | FAULTS).items() if applies(one, algorithm)}
    if name not in there:
        raise LocalError("sandbox.chip", name, f"with {algorithm.name}: " + ", ".join(there))
    return there[name]


def applies(name: str, algorithm: Algorithm) -> bool:
    """Whether there is such a fault or variant with the algorithm."""
    return algorithm.family in _ONLY.get(name, (algorithm.family,))


def said_of(maker: Maker) -> str:
    """What is wrong with the chip, or unusual, in a sentence."""
    return (maker.__doc__ or "").strip().splitlines()[0]
