"""The one table of reason codes: a stable code, a sentence in English and Swedish, and who makes the rule.

It is long because it is a table: one row a code, sorted, and every code of every room in one place, so
that a support desk can look one up and a test can walk them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the table: a stable code's sentence for people, and where it is specified."""

    en: str
    sv: str
    section: str


# One row a code, sorted. The section names the document that makes the rule.
REASONS: Final[dict[str, Reason]] = {
    "accreditation.too_old": Reason(
        "What is known of the issuer's accreditation is older than the policy allows.",
        "Uppgiften om utfärdarens ackreditering är äldre än policyn tillåter.",
        "design 3: freshness",
    ),
    "accreditation.unavailable": Reason(
        "The issuer's accreditation could not be looked up.",
        "Utfärdarens ackreditering kunde inte slås upp.",
        "design 3: Unavailable",
    ),
    "audit.broken": Reason(
        "The audit table's chain of hashes is broken.",
        "Granskningstabellens hashkedja är bruten.",
        "design 6: audit",
    ),
    "block.refused": Reason(
        "The block id and the blocking code do not fit each other, or too many tries were made.",
        "Spärr-id och spärrkod hör inte ihop, eller så har för många försök gjorts.",
        "design 6",
    ),
    "bundle.digest": Reason(
        "The bundle's contents are not those that were signed for.",
        "Paketets innehåll är inte det som undertecknades.",
        "design 4: bundles",
    ),
    "bundle.empty": Reason(
        "No final block of the chain is known yet; there is nothing to make a bundle of.",
        "Inget slutgiltigt block i kedjan är känt ännu; det finns inget att göra ett paket av.",
        "design 4: bundles",
    ),
    "bundle.format": Reason(
        "This is no bundle, or a malformed one.",
        "Detta är inget paket, eller ett felaktigt.",
        "design 4: bundles",
    ),
    "bundle.network": Reason(
        "The bundle is about another network.",
        "Paketet gäller ett annat nät.",
        "design 4: bundles",
    ),
    "bundle.rollback": Reason(
        "The bundle is older than one that was used here before.",
        "Paketet är äldre än ett som har använts här tidigare.",
        "design 4: bundles",
    ),
    "bundle.schema": Reason(
        "The bundle's maker reads credentials by other schemas or contexts than this verifier.",
        "Den som gjorde paketet läser intyg med andra scheman eller kontexter än denna verifierare.",
        "design 4: bundles",
    ),
    "bundle.signer": Reason(
        "The bundle is signed by a key that the policy does not list.",
        "Paketet är undertecknat med en nyckel som policyn inte tar upp.",
        "design 4: bundles",
    ),
    "chain.answer": Reason(
        "The chain node's answer is malformed.",
        "Kedjenodens svar är felaktigt.",
        "Ethereum JSON-RPC",
    ),
    "chain.arguments": Reason(
        "The arguments do not fit the contract's function.",
        "Argumenten passar inte kontraktets funktion.",
        "contracts: ABI",
    ),
    "chain.fee_cap": Reason(
        "The chain asks for a higher fee than is allowed here.",
        "Kedjan begär en högre avgift än vad som är tillåtet här.",
        "EIP-1559; design 4: the issuer's side",
    ),
    "chain.funds": Reason(
        "The account that pays for transactions holds too little.",
        "Kontot som betalar transaktionerna har för lite medel.",
        "design 4: five roles",
    ),
    "chain.pending": Reason(
        "The transaction is not in a block yet.",
        "Transaktionen finns inte i något block ännu.",
        "Ethereum JSON-RPC",
    ),
    "chain.proof": Reason(
        "What the chain is proven to hold is not what its logs say: a node leaves out or invents logs.",
        "Det kedjan bevisligen innehåller är inte vad dess loggar säger: en nod utelämnar eller hittar på.",
        "EIP-1186; contracts: running hash",
    ),
    "chain.rejected": Reason(
        "The node does not take the transaction.",
        "Noden tar inte emot transaktionen.",
        "Ethereum JSON-RPC",
    ),
    "chain.reorganising": Reason(
        "The chain changed under the reading; it is read anew.",
        "Kedjan ändrades under läsningen och läses om.",
        "design 4: the follower",
    ),
    "chain.reverted": Reason(
        "The contract refuses what was asked of it.",
        "Kontraktet avvisar det som begärdes.",
        "contracts: ABI",
    ),
    "chain.too_large": Reason(
        "The transaction is larger than the chain takes.",
        "Transaktionen är större än vad kedjan tar emot.",
        "EIP-7825; design 4",
    ),
    "chain.unproven": Reason(
        "What the chain's logs say has not been compared with its state: no node proves it.",
        "Det som kedjans loggar säger har inte jämförts med dess tillstånd: ingen nod bevisar det.",
        "EIP-1186; design 4: the follower",
    ),
    "chain.unreachable": Reason(
        "No chain node answers.",
        "Ingen kedjenod svarar.",
        "design 4: the follower",
    ),
    "chain.unwitnessed": Reason(
        "No second, independent node has confirmed the chain's last blocks.",
        "Ingen andra, oberoende nod har bekräftat kedjans senaste block.",
        "design 4: the follower",
    ),
    "chain.witness": Reason(
        "A second, independent node has another block than the one that is followed.",
        "En andra, oberoende nod har ett annat block än det som följs.",
        "design 4: the follower",
    ),
    "chip.access": Reason(
        "The number, birth date or expiry date cannot open a chip.",
        "Nummer, födelsedatum eller giltighetstid kan inte öppna något chip.",
        "ICAO 9303-11 4.3, 4.4",
    ),
    "chip.active_authentication": Reason(
        "The chip did not prove that it is the original one.",
        "Chipet bevisade inte att det är originalet.",
        "ICAO 9303-11 6.1",
    ),
    "chip.algorithm": Reason(
        "The chip's data are secured by an algorithm or a key that is not accepted.",
        "Chipets uppgifter är säkrade med en algoritm eller nyckel som inte godtas.",
        "ICAO 9303-12 4.4",
    ),
    "chip.certificate": Reason(
        "A certificate of the issuing state is malformed or not one for this use.",
        "Ett certifikat från den utfärdande staten är felaktigt eller avsett för annat.",
        "ICAO 9303-12 7.1",
    ),
    "chip.challenge": Reason(
        "The chip's answer belongs to no open question; ask for a new one.",
        "Chipets svar hör inte till någon öppen fråga; begär en ny.",
        "ICAO 9303-11 6.1",
    ),
    "chip.chip_authentication": Reason(
        "The chip's answer was not made with the key that its state signed.",
        "Chipets svar är inte gjort med den nyckel som staten har undertecknat.",
        "ICAO 9303-11 6.2",
    ),
    "chip.clone_unchecked": Reason(
        "The chip was not asked to prove that it is the original one.",
        "Chipet ombads inte bevisa att det är originalet.",
        "ICAO 9303-11 6",
    ),
    "chip.com_differs": Reason(
        "The chip's own list of its files is not the signed one.",
        "Chipets egen lista över sina filer är inte den undertecknade.",
        "ICAO 9303-10 4.6.1",
    ),
    "chip.country": Reason(
        "The document was signed by another state than the one that it names.",
        "Handlingen är undertecknad av en annan stat än den som den anger.",
        "ICAO 9303-12 7.1",
    ),
    "chip.crl": Reason(
        "The list of revoked certificates is malformed or not signed by the issuing state.",
        "Listan över spärrade certifikat är felaktig eller inte undertecknad av den utfärdande staten.",
        "ICAO 9303-12 7.1.4",
    ),
    "chip.crl_missing": Reason(
        "No list of revoked certificates of the issuing state was at hand.",
        "Ingen lista över den utfärdande statens spärrade certifikat fanns till hands.",
        "ICAO 9303-12 7.1.4",
    ),
    "chip.crl_stale": Reason(
        "The list of the issuing state's revoked certificates is too old.",
        "Listan över den utfärdande statens spärrade certifikat är för gammal.",
        "ICAO 9303-12 7.1.4",
    ),
    "chip.csca_unknown": Reason(
        "No certificate of the issuing state is at hand that belongs to the document's signer.",
        "Det finns inget certifikat från den utfärdande staten som hör till handlingens undertecknare.",
        "ICAO 9303-12 5",
    ),
    "chip.document_mismatch": Reason(
        "The chip and the photographed document do not say the same.",
        "Chipet och den fotograferade handlingen säger inte detsamma.",
        "ICAO 9303-11 5.1",
    ),
    "chip.document_type": Reason(
        "The signer may not sign documents of this kind.",
        "Undertecknaren får inte underteckna handlingar av detta slag.",
        "ICAO 9303-12 7.1.1.6",
    ),
    "chip.duplicate": Reason(
        "A file of the chip is there twice.",
        "En av chipets filer finns två gånger.",
        "ICAO 9303-10 4.6",
    ),
    "chip.file": Reason(
        "A file of the chip is malformed or too large.",
        "En av chipets filer är felaktig eller för stor.",
        "ICAO 9303-10 4",
    ),
    "chip.group_hash": Reason(
        "A file of the chip is not the one that was signed: it was altered.",
        "En av chipets filer är inte den som undertecknades: den har ändrats.",
        "ICAO 9303-11 5.1",
    ),
    "chip.group_unlisted": Reason(
        "A file of the chip is not among those that were signed.",
        "En av chipets filer hör inte till dem som undertecknades.",
        "ICAO 9303-10 4.6.2",
    ),
    "chip.master_list": Reason(
        "The list of country signers is malformed, or nobody trusted here signed it.",
        "Listan över staternas certifikat är felaktig, eller inte undertecknad av någon som godtas här.",
        "ICAO 9303-12 9",
    ),
    "chip.missing": Reason(
        "A file of the chip that is needed is not there.",
        "En fil från chipet som behövs saknas.",
        "ICAO 9303-10 4.6",
    ),
    "chip.mrz": Reason(
        "The machine readable zone in the chip is not sound.",
        "Den maskinläsbara zonen i chipet är felaktig.",
        "ICAO 9303-10 4.7.1",
    ),
    "chip.no_signing_time": Reason(
        "The signature does not say when it was made; its certificates were held against today.",
        "Underskriften säger inte när den gjordes; certifikaten prövades mot dagens datum.",
        "ICAO 9303-12 7.1",
    ),
    "chip.not_offered": Reason(
        "This issuer reads no chips; photograph the document instead.",
        "Den här utfärdaren läser inga chip; fotografera handlingen i stället.",
        "design: issuer",
    ),
    "chip.portrait": Reason(
        "The portrait in the chip has a form that cannot be read.",
        "Porträttet i chipet har en form som inte kan läsas.",
        "ICAO 9303-10 4.7.2; ISO/IEC 19794-5",
    ),
    "chip.portrait_differs": Reason(
        "The portrait on the photographed document is not that of the chip.",
        "Porträttet på den fotograferade handlingen är inte chipets.",
        "ICAO 9303-10 4.7.2",
    ),
    "chip.revoked": Reason(
        "The issuing state has revoked the certificate that the document was signed with.",
        "Den utfärdande staten har spärrat certifikatet som handlingen är undertecknad med.",
        "ICAO 9303-12 7.1.4",
    ),
    "chip.self_signed": Reason(
        "The document's signer vouches for itself; no state does.",
        "Handlingens undertecknare går i god för sig själv; ingen stat gör det.",
        "ICAO 9303-12 4.1",
    ),
    "chip.sha1": Reason(
        "The document's signature stands on SHA-1, which is weak today.",
        "Handlingens underskrift vilar på SHA-1, som är svag i dag.",
        "ICAO 9303-12 4.4",
    ),
    "chip.signature": Reason(
        "The signature over the chip's data is wrong.",
        "Underskriften över chipets uppgifter är fel.",
        "ICAO 9303-11 5.1; RFC 5652 5.6",
    ),
    "chip.signer": Reason(
        "The certificate that the document was signed with is missing or may not sign documents.",
        "Certifikatet som handlingen är undertecknad med saknas eller får inte underteckna handlingar.",
        "ICAO 9303-12 7.1",
    ),
    "chip.signer_chain": Reason(
        "The state's key did not sign the certificate of the document's signer.",
        "Statens nyckel har inte undertecknat certifikatet för handlingens undertecknare.",
        "ICAO 9303-12 4.1",
    ),
    "chip.signer_expired": Reason(
        "The certificate of the document's signer has ended since it signed.",
        "Certifikatet för handlingens undertecknare har gått ut efter underskriften.",
        "ICAO 9303-12 7.1",
    ),
    "chip.sod": Reason(
        "The chip's security object is malformed.",
        "Chipets säkerhetsobjekt är felaktigt.",
        "ICAO 9303-10 4.6.2",
    ),
    "chip.validity": Reason(
        "A certificate was not valid when the document was signed.",
        "Ett certifikat var inte giltigt när handlingen undertecknades.",
        "ICAO 9303-12 7.1",
    ),
    "clock.behind": Reason(
        "The clock here is behind the time of what was looked up.",
        "Klockan här går efter tiden i det som slagits upp.",
        "design 3: freshness",
    ),
    "codec.base64url": Reason(
        "The text is not strict base64url.", "Texten är inte strikt base64url.", "RFC 4648 3.5, 5"
    ),
    "codec.cbor": Reason(
        "The bytes are not the deterministic CBOR that we accept.",
        "Bytesen är inte deterministisk CBOR som vi godtar.",
        "RFC 8949 4.2.1",
    ),
    "codec.form": Reason(
        "The text is not the form or query that we accept.",
        "Texten är inte ett formulär som vi godtar.",
        "WHATWG URL 5.1; RFC 6749 B",
    ),
    "codec.jcs": Reason(
        "The value has no canonical JSON form.", "Värdet har ingen kanonisk JSON-form.", "RFC 8785 3"
    ),
    "codec.json": Reason(
        "The text is not the JSON we accept.", "Texten är inte JSON som vi godtar.", "RFC 8259; RFC 7493"
    ),
    "codec.multibase": Reason(
        "The text is not the multibase we accept.",
        "Texten är inte multibase som vi godtar.",
        "Controlled Identifiers 2.4",
    ),
    "codec.multicodec": Reason(
        "The multicodec prefix is malformed.",
        "Multicodec-prefixet är felaktigt.",
        "multiformats: unsigned-varint",
    ),
    "codec.rlp": Reason(
        "The bytes are not the RLP that we accept.",
        "Bytesen är inte RLP som vi godtar.",
        "yellow paper: appendix B",
    ),
    "codec.shape": Reason(
        "A member is missing or has the wrong type.", "Ett fält saknas eller har fel typ.", "per message"
    ),
    "codec.size": Reason(
        "The input is larger than we accept.", "Indata är större än vi godtar.", "design: caps"
    ),
    "codec.time": Reason(
        "The text is not a time in the form we accept.",
        "Texten är inte en tidpunkt i den form vi godtar.",
        "XML Schema 1.1-2 3.4.28; RFC 7519 2",
    ),
    "codec.url": Reason(
        "The text is not the URL that we accept.",
        "Texten är inte en webbadress som vi godtar.",
        "RFC 3986; RFC 9110 4.2",
    ),
    "config.certificate": Reason(
        "The configured certificate does not fit the issuer's key or identifier.",
        "Det konfigurerade certifikatet hör inte till utfärdarens nyckel eller identifierare.",
        "SD-JWT VC 2.5; RFC 5280",
    ),
    "config.file": Reason(
        "A configured file is missing or cannot be read.",
        "En konfigurerad fil saknas eller kan inte läsas.",
        "design 2",
    ),
    "config.invalid": Reason(
        "A setting has a wrong value.",
        "En inställning har ett felaktigt värde.",
        "design 2",
    ),
    "config.key": Reason(
        "A configured key is not in the key store.",
        "En konfigurerad nyckel finns inte i nyckelförvaret.",
        "design 2: KeyStore",
    ),
    "config.missing": Reason(
        "A setting is missing.",
        "En inställning saknas.",
        "design 2",
    ),
    "config.sandbox": Reason(
        "This is for a sandbox only.",
        "Detta är bara för en sandlåda.",
        "design 4: networks",
    ),
    "contact.address": Reason(
        "The phone number or e-mail address is malformed.",
        "Telefonnumret eller e-postadressen är felaktig.",
        "E.164; RFC 5321",
    ),
    "contact.code_burnt": Reason(
        "Too many wrong tries: ask for a new code.",
        "För många felaktiga försök: begär en ny kod.",
        "design 6: contact",
    ),
    "contact.code_expired": Reason(
        "The code has expired: ask for a new one.",
        "Koden har gått ut: begär en ny.",
        "design 6: contact",
    ),
    "contact.code_wrong": Reason(
        "The code is not right.",
        "Koden stämmer inte.",
        "design 6: contact",
    ),
    "did.compromise": Reason(
        "No owner can state that of a key.",
        "Det kan ingen ägare säga om en nyckel.",
        "ERC-1056 setAttribute; design 4",
    ),
    "did.deactivated": Reason(
        "The DID was deactivated.", "DID:n är avaktiverad.", "DID Core 7.1.2; ERC-1056"
    ),
    "did.document": Reason("The DID document is malformed.", "DID-dokumentet är felaktigt.", "DID Core 5"),
    "did.forked": Reason(
        "The log of the issuer's DID tells another history than the one seen before.",
        "Loggen för utfärdarens DID berättar en annan historia än den som setts förut.",
        "did:webvh 1.0; design 4: equivocation",
    ),
    "did.key_over": Reason(
        "The key has run out or was revoked.",
        "Nyckeln har löpt ut eller återkallats.",
        "DID Core 5.2; ERC-1056",
    ),
    "did.key_unknown": Reason(
        "The DID document has no such verification method.",
        "DID-dokumentet har ingen sådan verifieringsmetod.",
        "DID Core 5.2",
    ),
    "did.log": Reason(
        "The log of the DID does not hold together.",
        "DID:ns logg hänger inte ihop.",
        "did:webvh 1.0, Read",
    ),
    "did.log_parameters": Reason(
        "The log of the DID has parameters that are not allowed.",
        "DID:ns logg har otillåtna parametrar.",
        "did:webvh 1.0, Parameters",
    ),
    "did.log_proof": Reason(
        "An entry in the log of the DID is not signed as it must be.",
        "En post i DID:ns logg är inte signerad som den ska.",
        "did:webvh 1.0, Authorized Keys",
    ),
    "did.method": Reason(
        "The DID is of a method not accepted here.", "DID-metoden godtas inte här.", "DID Core 8"
    ),
    "did.option": Reason(
        "An option of the resolution is malformed, or two exclude each other.",
        "Ett val för uppslagningen är felaktigt, eller två utesluter varandra.",
        "DID Resolution: options; versioning",
    ),
    "did.option_unknown": Reason(
        "This option of DID resolution is not offered for the DID.",
        "Det valet erbjuds inte vid uppslagning av DID:n.",
        "DID Resolution: algorithm",
    ),
    "did.representation": Reason(
        "No media type that is accepted can be given.",
        "Ingen av de medietyper som godtas kan ges.",
        "DID Resolution: HTTP(S) binding; RFC 9110 12.5.1",
    ),
    "did.rolled_back": Reason(
        "The log of the issuer's DID is older than the one seen before.",
        "Loggen för utfärdarens DID är äldre än den som setts förut.",
        "did:webvh 1.0; design 4: rollback",
    ),
    "did.short_form": Reason(
        "The short form of a did:peer says nothing without its long form.",
        "Kortformen av en did:peer säger inget utan sin långform.",
        "Peer DID, method 4",
    ),
    "did.store": Reason(
        "What was seen of DID logs cannot be read or written.",
        "Det som setts av DID-loggar kan inte läsas eller skrivas.",
        "design 4: rollback",
    ),
    "did.syntax": Reason(
        "The text is not a DID or DID URL.", "Texten är varken en DID eller en DID-URL.", "DID Core 3"
    ),
    "did.too_large": Reason(
        "There is more to the DID than is answered here.",
        "DID:n omfattar mer än vad som besvaras här.",
        "design 8: every parser has a cap",
    ),
    "did.too_many_keys": Reason(
        "The DID has more keys than are held here, and this may be one of the others.",
        "DID:n har fler nycklar än vad som hålls här, och detta kan vara en av de andra.",
        "design 8: every parser has a cap",
    ),
    "did.too_old": Reason(
        "What is known of the issuer's keys is older than the policy allows.",
        "Uppgiften om utfärdarens nycklar är äldre än policyn tillåter.",
        "design 3: freshness",
    ),
    "did.unavailable": Reason(
        "The issuer's keys could not be looked up.",
        "Utfärdarens nycklar kunde inte slås upp.",
        "design 3: Unavailable",
    ),
    "did.unwitnessed": Reason(
        "Too few witnesses have approved an entry in the log of the DID.",
        "För få vittnen har godkänt en post i DID:ns logg.",
        "did:webvh 1.0, DID Witnesses",
    ),
    "did.version_time": Reason(
        "When that block was made is not known well enough to tell which keys had run out.",
        "När blocket gjordes är inte tillräckligt väl känt för att avgöra vilka nycklar som hade löpt ut.",
        "DID Resolution: versioning",
    ),
    "did.version_unknown": Reason(
        "The DID has no such version.", "DID:n har ingen sådan version.", "DID Core 7.1.2; did:webvh 1.0"
    ),
    "document.animated": Reason(
        "The file holds several pictures. Send one single photograph.",
        "Filen innehåller flera bilder. Skicka ett enda foto.",
        "design: issuer",
    ),
    "document.blurred": Reason(
        "The photograph is too blurred. Hold the camera still, tap on the text to focus, and take another.",
        "Fotot är för suddigt. Håll kameran stilla, tryck på texten så att den blir skarp, och ta ett nytt.",
        "design: issuer, quality",
    ),
    "document.capitals": Reason(
        "The name is printed in capitals, and people write it in several ways; a person will look at it.",
        "Namnet är tryckt med versaler, och det skrivs på flera sätt; en människa tittar på det.",
        "ICAO 9303-3 3",
    ),
    "document.check_digit": Reason(
        "A check digit of the machine readable zone is wrong. Take another photograph of the whole document.",
        "En kontrollsiffra i den maskinläsbara delen stämmer inte. Ta ett nytt foto av hela handlingen.",
        "ICAO 9303-3 4.9",
    ),
    "document.cut": Reason(
        "Part of the document is outside of the photograph. Take another with a little room on every side.",
        "En del av handlingen är utanför bilden. Ta ett nytt foto med lite plats runt om.",
        "design: issuer, quality",
    ),
    "document.date": Reason(
        "A date on the document cannot be.",
        "Ett datum på handlingen kan inte stämma.",
        "ICAO 9303-3 4.8",
    ),
    "document.edited": Reason(
        "The image file names an image editor as its author; a person will look at it.",
        "Bildfilen anger ett bildredigeringsprogram som upphov; en människa tittar på den.",
        "EXIF 2.32 4.6.5",
    ),
    "document.expired": Reason(
        "The document has expired.",
        "Handlingens giltighetstid har gått ut.",
        "ICAO 9303-4 4.2.2",
    ),
    "document.font": Reason(
        "Characters of the machine readable zone are set unlike the rest; a person will look at it.",
        "Tecken i den maskinläsbara zonen är satta på annat sätt än övriga; en människa tittar på dem.",
        "design: issuer, signs",
    ),
    "document.glare": Reason(
        "Light is reflected in the document. Tilt it, or turn the flash off, and take another photograph.",
        "Ljus speglas i handlingen. Luta den, eller stäng av blixten, och ta ett nytt foto.",
        "design: issuer, quality",
    ),
    "document.image_bomb": Reason(
        "The image has more pixels than we accept. Send the photograph as the camera takes it (JPEG).",
        "Bilden har fler bildpunkter än vi godtar. Skicka fotot som kameran tar det (JPEG).",
        "design: caps",
    ),
    "document.issuing_state": Reason(
        "The document names an issuing state that does not exist.",
        "Handlingen anger en utfärdande stat som inte finns.",
        "ICAO 9303-3 5",
    ),
    "document.kind": Reason(
        "This kind of document is not accepted as proof of identity.",
        "Den här sortens handling godtas inte som id-handling.",
        "ICAO 9303-3 to -7",
    ),
    "document.marks_restored": Reason(
        "A printed name's marks were restored from the machine readable zone.",
        "Ett tryckt namns prickar eller ringar återställdes ur den maskinläsbara delen.",
        "ICAO 9303-3 6",
    ),
    "document.missing": Reason(
        "A photograph of an identity document is needed.",
        "Ett foto av en id-handling behövs.",
        "design: issuer",
    ),
    "document.mrz_format": Reason(
        "The text is not a machine readable zone.",
        "Texten är inte en maskinläsbar zon.",
        "ICAO 9303-3 4",
    ),
    "document.mrz_mismatch": Reason(
        "The printed text and the machine readable zone of the document differ.",
        "Den tryckta texten och den maskinläsbara delen av handlingen skiljer sig åt.",
        "ICAO 9303-3 3, 4",
    ),
    "document.mrz_settled": Reason(
        "A character of the machine readable zone was told by its check digit alone.",
        "Ett tecken i den maskinläsbara delen bestämdes bara av kontrollsiffran.",
        "ICAO 9303-3 4.9",
    ),
    "document.no_colour": Reason(
        "The document has no colours, like a black and white copy; a person will look at it.",
        "Handlingen saknar färger, som en svartvit kopia; en människa tittar på den.",
        "design: issuer, signs",
    ),
    "document.not_an_image": Reason(
        "The file is not an image that we can read (JPEG, PNG or WebP).",
        "Filen är inte en bild som vi kan läsa (JPEG, PNG eller WebP).",
        "design: issuer",
    ),
    "document.number_from_print": Reason(
        "Look-alikes in the document number were told apart by the printed number.",
        "Tecken som liknar varandra i handlingens nummer skildes åt av det tryckta numret.",
        "ICAO 9303-3 4.9",
    ),
    "document.other_file": Reason(
        "The file is an image and another kind of file (PDF or archive) in one. Send the photograph alone.",
        "Filen är både en bild och en annan sorts fil (PDF eller arkiv). Skicka bara fotot.",
        "design: issuer",
    ),
    "document.personal_number": Reason(
        "The personal identity number does not agree with itself or with the birth date.",
        "Personnumret stämmer inte med sig självt eller med födelsedatumet.",
        "SKV 704",
    ),
    "document.portrait_missing": Reason(
        "No portrait was found on the document. Take another photograph of the whole page.",
        "Inget porträtt hittades på handlingen. Ta ett nytt foto av hela sidan.",
        "ICAO 9303-3 3",
    ),
    "document.portrait_pasted": Reason(
        "Around the portrait are edges of a picture laid over the photograph; a person will look at it.",
        "Runt porträttet finns kanter av en bild som lagts över fotot; en människa tittar på det.",
        "design: issuer, signs",
    ),
    "document.printed_unread": Reason(
        "The printed name could not be read; a person will look at it.",
        "Det tryckta namnet kunde inte läsas; en människa tittar på det.",
        "ICAO 9303-3 3",
    ),
    "document.reproduced": Reason(
        "The portrait has the grid of a screen or a print; a person will look at the photograph.",
        "Porträttet har ett rutnät som en skärm eller ett tryck; en människa tittar på fotot.",
        "design: issuer, signs",
    ),
    "document.side_missing": Reason(
        "One side of the card is missing. Photograph both: the one with portrait and names, and the one with "
        "the machine readable lines.",
        "En sida av kortet saknas. Fotografera båda: den med porträtt och namn, och den med de maskinläsbara "
        "raderna.",
        "ICAO 9303-5 3",
    ),
    "document.specimen": Reason(
        "The document is a specimen of a fictional state.",
        "Handlingen är ett exemplar från en påhittad stat.",
        "ICAO 9303-3 5",
    ),
    "document.too_bright": Reason(
        "The photograph is too bright. Turn away from the light and take another.",
        "Fotot är för ljust. Vänd bort från ljuset och ta ett nytt.",
        "design: issuer, quality",
    ),
    "document.too_dark": Reason(
        "The photograph is too dark. Go to where there is more light and take another.",
        "Fotot är för mörkt. Gå dit där det är ljusare och ta ett nytt.",
        "design: issuer, quality",
    ),
    "document.too_small": Reason(
        "The document is too small in the photograph. Go nearer and take another.",
        "Handlingen är för liten i bilden. Gå närmare och ta ett nytt foto.",
        "design: issuer, quality",
    ),
    "document.two_documents": Reason(
        "The two images show two different documents.",
        "De två bilderna visar två olika handlingar.",
        "ICAO 9303-5 4.2.2",
    ),
    "document.unreadable": Reason(
        "The machine readable zone could not be read. Take another photograph of the whole document.",
        "Den maskinläsbara delen kunde inte läsas. Ta ett nytt foto av hela handlingen.",
        "ICAO 9303-3 4",
    ),
    "email.missing": Reason(
        "The e-mail address is not confirmed yet.",
        "E-postadressen är inte bekräftad än.",
        "design: issuer",
    ),
    "engine.lost": Reason(
        "The engine that reads images stopped while at work. Try again.",
        "Motorn som läser bilder stannade under arbetet. Försök igen.",
        "design: engines",
    ),
    "engine.missing": Reason(
        "A model that an engine needs is not installed.",
        "En modell som en motor behöver är inte installerad.",
        "design: engines",
    ),
    "engine.model": Reason(
        "A model file is not the kind of model that the engine needs.",
        "En modellfil är inte av det slag som motorn behöver.",
        "design: engines",
    ),
    "engine.timeout": Reason(
        "The engine that reads images took too long. Try again.",
        "Motorn som läser bilder tog för lång tid. Försök igen.",
        "design: engines",
    ),
    "enrolled.face_of_another": Reason(
        "The face is like that of another person who is known here.",
        "Ansiktet liknar en annan persons som är känd här.",
        "ADR 0033",
    ),
    "enrolled.known": Reason(
        "You are known here: you get your identity back, and new credentials are yours like the old ones.",
        "Du är känd här: du får tillbaka din identitet, och nya intyg är dina liksom de gamla.",
        "ADR 0032",
    ),
    "enrolled.no_face": Reason(
        "You may be known here; there is no face on file to compare with, so a person looks.",
        "Du kan vara känd här; det finns inget sparat ansikte att jämföra med, så en människa tittar.",
        "ADR 0032",
    ),
    "enrolled.other_face": Reason(
        "The document leads to somebody known here whose face is not clearly this one.",
        "Handlingen leder till någon som är känd här och vars ansikte inte säkert är detta.",
        "ADR 0032",
    ),
    "enrolled.renewed": Reason(
        "You are known here: your new document is noted, and your identity stays the same.",
        "Du är känd här: din nya handling är antecknad, och din identitet förblir densamma.",
        "ADR 0032",
    ),
    "enrolled.same_name": Reason(
        "Somebody of the same name and birth date is known here.",
        "Någon med samma namn och födelsedatum är känd här.",
        "ADR 0032",
    ),
    "enrolled.superseded": Reason(
        "The holder has shown a later document of the same kind.",
        "Innehavaren har visat en senare handling av samma slag.",
        "ADR 0032",
    ),
    "evidence.file": Reason(
        "The text is not a file of evidence.",
        "Texten är inte någon underlagsfil.",
        "schemas/evidence.schema.json",
    ),
    "face.animated": Reason(
        "The file holds several pictures. Send one single photograph.",
        "Filen innehåller flera bilder. Skicka ett enda foto.",
        "design: issuer",
    ),
    "face.blurred": Reason(
        "The selfie is too blurred. Hold the camera still and take another.",
        "Selfien är för suddig. Håll kameran stilla och ta en ny.",
        "design: issuer, quality",
    ),
    "face.borderline": Reason(
        "The likeness is not certain enough; a person will look at it.",
        "Likheten är inte säker nog; en människa tittar på den.",
        "design: issuer",
    ),
    "face.copy_of_portrait": Reason(
        "The selfie is a copy of the document's portrait.",
        "Selfien är en kopia av handlingens porträtt.",
        "design: issuer",
    ),
    "face.image_bomb": Reason(
        "The image has more pixels than we accept. Send the photograph as the camera takes it (JPEG).",
        "Bilden har fler bildpunkter än vi godtar. Skicka fotot som kameran tar det (JPEG).",
        "design: caps",
    ),
    "face.missing": Reason(
        "A selfie is needed.",
        "En selfie behövs.",
        "design: issuer",
    ),
    "face.no_consent": Reason(
        "There is no consent to face comparison; a person will look instead.",
        "Samtycke till ansiktsjämförelse saknas; en människa tittar i stället.",
        "GDPR 9, 22",
    ),
    "face.none": Reason(
        "No face was found in the selfie. Take another, facing the camera.",
        "Inget ansikte hittades i selfien. Ta en ny, vänd mot kameran.",
        "design: issuer",
    ),
    "face.not_an_image": Reason(
        "The file is not an image that we can read (JPEG, PNG or WebP).",
        "Filen är inte en bild som vi kan läsa (JPEG, PNG eller WebP).",
        "design: issuer",
    ),
    "face.not_compared": Reason(
        "The selfie could not be compared with a portrait; a person will look at it.",
        "Selfien kunde inte jämföras med något porträtt; en människa tittar på den.",
        "design: issuer",
    ),
    "face.one_sided_light": Reason(
        "The light falls on one side of the face only. Turn towards the light and take another.",
        "Ljuset faller bara på ena sidan av ansiktet. Vänd dig mot ljuset och ta en ny.",
        "design: issuer, quality",
    ),
    "face.other_file": Reason(
        "The file is an image and another kind of file (PDF or archive) in one. Send the photograph alone.",
        "Filen är både en bild och en annan sorts fil (PDF eller arkiv). Skicka bara fotot.",
        "design: issuer",
    ),
    "face.other_person": Reason(
        "The selfie does not show the person of the document's portrait.",
        "Selfien visar inte personen på handlingens porträtt.",
        "design: issuer",
    ),
    "face.several": Reason(
        "There are several faces in the selfie. Take another with yourself only.",
        "Det finns flera ansikten i selfien. Ta en ny med bara dig själv.",
        "design: issuer",
    ),
    "face.tilted": Reason(
        "The head is tilted in the selfie. Hold it upright and take another.",
        "Huvudet lutar i selfien. Håll det rakt och ta en ny.",
        "design: issuer, quality",
    ),
    "face.too_bright": Reason(
        "The selfie is too bright. Go out of the glaring light and take another.",
        "Selfien är för ljus. Gå ur det skarpa ljuset och ta en ny.",
        "design: issuer, quality",
    ),
    "face.too_dark": Reason(
        "The selfie is too dark. Go where there is more light and take another.",
        "Selfien är för mörk. Gå till en ljusare plats och ta en ny.",
        "design: issuer, quality",
    ),
    "face.too_small": Reason(
        "The face is too small in the selfie. Go nearer and take another.",
        "Ansiktet är för litet i selfien. Gå närmare och ta en ny.",
        "design: issuer, quality",
    ),
    "face.turned": Reason(
        "The face is turned away in the selfie. Look straight into the camera and take another.",
        "Ansiktet är bortvänt i selfien. Se rakt in i kameran och ta en ny.",
        "design: issuer, quality",
    ),
    "fetch.address": Reason(
        "The address is not one we call.",
        "Adressen är inte en som vi anropar.",
        "design 8: Fetcher",
    ),
    "fetch.content": Reason(
        "The answer is not of the type that was asked for.",
        "Svaret är inte av den typ som begärdes.",
        "RFC 9110 8.3",
    ),
    "fetch.failed": Reason(
        "The other side could not be reached.",
        "Motparten kunde inte nås.",
        "design 8: Fetcher",
    ),
    "fetch.redirect": Reason(
        "The other side answered with a redirect.",
        "Motparten svarade med en omdirigering.",
        "design 8: Fetcher",
    ),
    "fetch.size": Reason(
        "The answer is larger than we accept.",
        "Svaret är större än vi godtar.",
        "design 8: Fetcher",
    ),
    "fetch.url": Reason(
        "The URL is not one we fetch.",
        "Webbadressen är inte en som vi hämtar.",
        "design 8: Fetcher",
    ),
    "file.exists": Reason(
        "A file of that name is there already; nothing was written.",
        "Det finns redan en fil med det namnet; inget skrevs.",
        "design 4: network file",
    ),
    "holder.audience": Reason(
        "The presentation was made for somebody else.",
        "Uppvisningen är gjord för någon annan.",
        "RFC 9901 7.3; OpenID4VP 1.0 14.2",
    ),
    "holder.binding_missing": Reason(
        "There is no proof that the holder made this presentation.",
        "Det saknas bevis för att innehavaren gjort uppvisningen.",
        "RFC 9901 7.3; OpenID4VP 1.0 5.3",
    ),
    "holder.device_auth": Reason(
        "The holder's proof does not fit: it is by another key, or was made for another request or verifier.",
        "Innehavarens bevis stämmer inte: det görs av en annan nyckel, eller för en annan begäran.",
        "ISO/IEC 18013-5 9.1.3; OpenID4VP 1.0 B.2.6",
    ),
    "holder.key_mismatch": Reason(
        "The credential belongs to another key than the one that presents it.",
        "Intyget hör till en annan nyckel än den som visar upp det.",
        "OpenID4VP 1.0 14.2",
    ),
    "holder.nonce": Reason(
        "The presentation answers another request.",
        "Uppvisningen svarar på en annan begäran.",
        "RFC 9901 7.3; OpenID4VP 1.0 14.1",
    ),
    "holder.proof_time": Reason(
        "The holder's proof was not made just now.",
        "Innehavarens bevis är inte gjort alldeles nyss.",
        "RFC 9901 7.3",
    ),
    "holder.selection": Reason(
        "The holder's proof belongs to another selection of claims.",
        "Innehavarens bevis hör till ett annat urval av uppgifter.",
        "RFC 9901 7.3 (sd_hash)",
    ),
    "holder.signature": Reason(
        "The holder's signature does not fit.", "Innehavarens signatur stämmer inte.", "RFC 9901 7.3"
    ),
    "http.body": Reason(
        "The request's body is not what this address takes.",
        "Meddelandets innehåll är inte det som adressen tar emot.",
        "RFC 9110 15.5.21",
    ),
    "http.host": Reason(
        "The request was sent to another name than this machine's own.",
        "Förfrågan skickades till ett annat namn än den här datorns eget.",
        "RFC 9110 7.2",
    ),
    "http.media_type": Reason(
        "The body is not of a media type that is read here.",
        "Meddelandet har en medietyp som inte läses här.",
        "RFC 9110 15.5.16",
    ),
    "http.method": Reason(
        "This address does not take that method.",
        "Adressen tar inte emot den metoden.",
        "RFC 9110 15.5.6",
    ),
    "http.not_found": Reason(
        "There is nothing at this address.",
        "Det finns inget på den här adressen.",
        "RFC 9110 15.5.5",
    ),
    "http.token": Reason(
        "The request has no valid access token.",
        "Förfrågan har ingen giltig åtkomsttoken.",
        "RFC 6750 3.1",
    ),
    "http.unexpected": Reason(
        "Something went wrong here.",
        "Något gick fel hos oss.",
        "RFC 9110 15.6.1",
    ),
    "issuance.proof": Reason(
        "The proof that this was issued before a block is malformed.",
        "Beviset om att det utfärdades före ett block är felaktigt.",
        "RFC 9162 2.1.3; design 4",
    ),
    "issuance.tree": Reason(
        "Nothing can be proven of what is not in the tree.",
        "Inget kan bevisas om det som inte finns i trädet.",
        "RFC 9162 2.1.3",
    ),
    "issuance_root.not_final": Reason(
        "The block that shows when this was issued is not final yet.",
        "Blocket som visar när intyget utfärdades är inte slutgiltigt än.",
        "design 4: issuance roots",
    ),
    "issuance_root.unavailable": Reason(
        "When this was issued cannot be looked up.",
        "Det går inte att slå upp när intyget utfärdades.",
        "design 4: issuance roots",
    ),
    "issuer.accreditation_expired": Reason(
        "The issuer's accreditation has run out.",
        "Utfärdarens ackreditering har löpt ut.",
        "design 4: TrustRegistry",
    ),
    "issuer.accreditation_withdrawn": Reason(
        "The issuer's accreditation was withdrawn.",
        "Utfärdarens ackreditering är återkallad.",
        "design 4: TrustRegistry",
    ),
    "issuer.certificate": Reason(
        "The issuer's certificates are not in order, or lead to no authority that vouches for it.",
        "Utfärdarens certifikat är inte i ordning, eller leder inte till någon som går i god för den.",
        "RFC 5280 6.1; HAIP 1.0 7.1",
    ),
    "issuer.deactivated": Reason(
        "The issuer's identifier is deactivated.",
        "Utfärdarens identifierare är avstängd.",
        "ERC-1056; DID Core 7.2",
    ),
    "issuer.identifier": Reason(
        "The issuer's name is not the one it is accredited under.",
        "Utfärdarens namn är inte det som den är ackrediterad under.",
        "SD-JWT VC 2.5",
    ),
    "issuer.key_compromised": Reason(
        "The issuer's key was in other hands, and nothing shows that this was issued before.",
        "Utfärdarens nyckel har varit i andra händer, och inget visar att intyget är från tiden före det.",
        "design 4: a key ends in one of two ways",
    ),
    "issuer.key_expired": Reason(
        "The issuer's key is no longer in force.",
        "Utfärdarens nyckel gäller inte längre.",
        "ERC-1056 validTo",
    ),
    "issuer.key_revoked": Reason(
        "The issuer's key is revoked.", "Utfärdarens nyckel är spärrad.", "ERC-1056 revokeAttribute"
    ),
    "issuer.key_unknown": Reason(
        "The issuer has no such key for credentials.",
        "Utfärdaren har ingen sådan nyckel för intyg.",
        "Controlled Identifiers 1.0 3.3",
    ),
    "issuer.metadata": Reason(
        "What the issuer publishes about its keys is malformed, or another issuer's.",
        "Det som utfärdaren publicerar om sina nycklar är felaktigt eller hör till en annan utfärdare.",
        "SD-JWT VC 4",
    ),
    "issuer.not_accredited": Reason(
        "The issuer is not accredited for this type of credential.",
        "Utfärdaren är inte ackrediterad för den här typen av intyg.",
        "design 4: TrustRegistry",
    ),
    "issuer.not_anchored": Reason(
        "The issuer's accreditation has been withdrawn, and nothing shows that this was issued before.",
        "Utfärdarens ackreditering är indragen, och inget visar att intyget är från tiden före det.",
        "design 4: TrustRegistry",
    ),
    "issuer.signature": Reason(
        "The issuer's signature does not fit.", "Utfärdarens signatur stämmer inte.", "RFC 9901 7.1"
    ),
    "issuer.unknown": Reason(
        "The issuer is not one this verifier accepts.",
        "Utfärdaren är inte en som den här kontrollen godtar.",
        "design 3: issuer allowed",
    ),
    "issuing.barred": Reason(
        "Everything of yours was blocked or revoked. Go through a new identification, or ask the issuer.",
        "Allt ditt har spärrats eller återkallats. Gör en ny identifiering, eller fråga utfärdaren.",
        "threat model",
    ),
    "issuing.profile": Reason(
        "What is known of the person does not make a whole credential.",
        "Det som är känt om personen räcker inte till ett helt intyg.",
        "schemas: ClicIdentity",
    ),
    "issuing.single_name": Reason(
        "The identity credential has no form yet for who has a single name; an age statement can be had.",
        "Identitetsintyget har ännu ingen form för den som bara har ett namn; ett åldersintyg går bra.",
        "schemas: ClicIdentity v1; ICAO 9303-3 4.6",
    ),
    "issuing.threshold": Reason(
        "No age statement of this threshold can be made for this person.",
        "Inget åldersintyg med den gränsen kan utfärdas för personen.",
        "design 5",
    ),
    "jwt_vc.claims": Reason(
        "A claim of the JWT contradicts the credential in it, is missing, or may not stand beside it.",
        "Ett anspråk i JWT:n motsäger intyget i den, saknas eller får inte stå bredvid det.",
        "VC Data Model 1.1 6.3.1",
    ),
    "jwt_vc.embedded": Reason(
        "What stands in this presentation is not a credential as JWT.",
        "Det som finns i uppvisningen är inte ett intyg som JWT.",
        "VC Data Model 1.1 6.3.1",
    ),
    "key.ended": Reason(
        "The key was revoked or stated to be compromised before.",
        "Nyckeln är redan återkallad eller uppgiven som röjd.",
        "design 4: a key ends in one of two ways",
    ),
    "key.ends_early": Reason(
        "The key's entry on chain ends before what it has signed.",
        "Nyckelns uppgift på kedjan upphör före det som den har skrivit under.",
        "design 4: a key ends in one of two ways",
    ),
    "key.in_use": Reason(
        "The configuration still names the key.",
        "Konfigurationen anger fortfarande nyckeln.",
        "design 4: a key ends in one of two ways",
    ),
    "key.not_on_chain": Reason(
        "The key does not stand on chain for this identifier, in force.",
        "Nyckeln står inte i kraft på kedjan för denna identifierare.",
        "design 4: DidRegistry",
    ),
    "key.owner": Reason(
        "The key is not that of the identifier's owner.",
        "Nyckeln tillhör inte identifierarens ägare.",
        "design 4: five roles",
    ),
    "keys.algorithm": Reason(
        "The signature algorithm is not one we accept here.",
        "Signaturalgoritmen godtas inte här.",
        "RFC 8725 3.1",
    ),
    "keys.bbs_commitment": Reason(
        "The commitment to the holder's secrets is malformed or not proven.",
        "Åtagandet om innehavarens hemligheter är felaktigt eller inte bevisat.",
        "draft-irtf-cfrg-bbs-blind-signatures 4",
    ),
    "keys.bbs_messages": Reason(
        "The messages, or the indexes of those shown, do not make a BBS signature or proof.",
        "Meddelandena, eller indexen för dem som visas, ger ingen BBS-signatur och inget BBS-bevis.",
        "draft-irtf-cfrg-bbs-signatures 3.6",
    ),
    "keys.bbs_random": Reason(
        "The source of random numbers gives zeros.",
        "Slumptalskällan ger nollor.",
        "draft-irtf-cfrg-bbs-signatures 4.2.1",
    ),
    "keys.format": Reason(
        "The key is malformed.", "Nyckeln är felaktig.", "RFC 7517; Controlled Identifiers 2.2.2"
    ),
    "keys.signature": Reason(
        "The signature does not fit the key and the message.",
        "Signaturen stämmer inte med nyckel och meddelande.",
        "per suite",
    ),
    "keystore.capability": Reason(
        "The key store cannot do what is asked of it.",
        "Nyckelförvaret klarar inte det som begärs.",
        "design: KeyStore",
    ),
    "keystore.exists": Reason(
        "The key store already has a key or store of that name.",
        "Nyckelförvaret har redan en nyckel eller ett förvar med det namnet.",
        "design: KeyStore",
    ),
    "keystore.failed": Reason(
        "The key store failed.", "Nyckelförvaret svarade med ett fel.", "design: KeyStore"
    ),
    "keystore.locked": Reason(
        "The key store cannot be opened with this passphrase or key.",
        "Nyckelförvaret kan inte öppnas med denna lösenfras eller nyckel.",
        "design: KeyStore",
    ),
    "keystore.missing": Reason(
        "There is no key store at this place.",
        "Det finns inget nyckelförvar på denna plats.",
        "design: KeyStore",
    ),
    "keystore.unknown": Reason(
        "The key store has no such key.", "Nyckelförvaret har ingen sådan nyckel.", "design: KeyStore"
    ),
    "ledger.event": Reason(
        "A log of a contract is not one of its events.",
        "En logg från ett kontrakt är ingen av dess händelser.",
        "contracts: ABI",
    ),
    "ledger.gap": Reason(
        "Logs were left out, or come from another history.",
        "Loggar saknas, eller hör till en annan historia.",
        "contracts: running hash",
    ),
    "ledger.read": Reason(
        "What is known of the chain cannot be read from its store.",
        "Det som är känt om kedjan kan inte läsas ur sitt lager.",
        "design 4: the follower",
    ),
    "ledger.store": Reason(
        "The stored state of the chain is damaged or another network's.",
        "Det lagrade kedjetillståndet är skadat eller hör till ett annat nät.",
        "design 4: the follower",
    ),
    "ledger.write": Reason(
        "What is known of the chain cannot be stored.",
        "Det som är känt om kedjan kan inte lagras.",
        "design 4: the follower",
    ),
    "liveness.cut": Reason(
        "There is a cut in the frames: the picture jumps. Take them again in one go, turning calmly.",
        "Det finns ett klipp i bilderna: bilden hoppar. Ta om dem i ett svep och vrid lugnt.",
        "design 6: liveness",
    ),
    "liveness.expired": Reason(
        "These head turns are not, or no longer, the ones asked for. Ask for new ones.",
        "De här huvudvridningarna är inte, eller inte längre, de som begärdes. Begär nya.",
        "design 6: liveness",
    ),
    "liveness.flat": Reason(
        "The frames show a flat picture being turned, not a head.",
        "Bilderna visar en platt bild som vrids, inte ett huvud.",
        "design 6: liveness",
    ),
    "liveness.frames": Reason(
        "There are fewer or more frames than an answer has.",
        "Det är färre eller fler bilder än ett svar ska ha.",
        "design 6: liveness",
    ),
    "liveness.image_bomb": Reason(
        "A frame has more bytes or pixels than we accept.",
        "En bild har fler byte eller bildpunkter än vi godtar.",
        "design 6: liveness",
    ),
    "liveness.left_out": Reason(
        "The head turns were left out; a person will look instead.",
        "Huvudvridningarna hoppades över; en människa tittar i stället.",
        "design 6: liveness",
    ),
    "liveness.mirrored": Reason(
        "Each turn went the other way: the frames are mirrored. Take them again, unmirrored.",
        "Varje vridning gick åt andra hållet: bilderna är spegelvända. Ta om dem utan spegling.",
        "design 6: liveness",
    ),
    "liveness.missing": Reason(
        "Frames of the head turning are needed.",
        "Bilder av huvudet när det vrids behövs.",
        "design 6: liveness",
    ),
    "liveness.no_face": Reason(
        "Several frames show no face, or more than one. Take them again, alone and near the camera.",
        "Flera bilder visar inget ansikte, eller fler än ett. Ta om dem, ensam och nära kameran.",
        "design 6: liveness",
    ),
    "liveness.not_an_image": Reason(
        "A frame is not a JPEG that we can read.",
        "En bild är inte en JPEG som vi kan läsa.",
        "design 6: liveness",
    ),
    "liveness.not_followed": Reason(
        "The head was not turned as asked, or not far enough. Take the frames again as the text says.",
        "Huvudet vreds inte som det begärdes, eller inte långt nog. Ta om bilderna som texten säger.",
        "design 6: liveness",
    ),
    "liveness.other_person": Reason(
        "The frames do not all show the person of the selfie.",
        "Bilderna visar inte alla personen på selfien.",
        "design 6: liveness",
    ),
    "liveness.replayed": Reason(
        "A frame was used before. Take the frames anew.",
        "En bild har använts förut. Ta nya bilder.",
        "design 6: liveness",
    ),
    "liveness.screen": Reason(
        "The frames look as if photographed off a screen; a person will look at them.",
        "Bilderna ser ut att vara tagna av en skärm; en människa tittar på dem.",
        "design 6: liveness",
    ),
    "liveness.still": Reason(
        "The frames show the same photograph again and again, not a head that moves.",
        "Bilderna visar samma foto om och om igen, inte ett huvud som rör sig.",
        "design 6: liveness",
    ),
    "liveness.too_often": Reason(
        "Head turns were asked for too many times. Leave them out, and a person will look instead.",
        "Huvudvridningar har begärts för många gånger. Hoppa över dem, så tittar en människa i stället.",
        "design 6: liveness",
    ),
    "liveness.unsure": Reason(
        "Whether the frames show the selfie's person is not certain enough; a person will look at them.",
        "Om bilderna visar personen på selfien är inte säkert nog; en människa tittar på dem.",
        "design 6: liveness",
    ),
    "mdoc.authority": Reason(
        "The certificate is not the root of an authority for mobile documents.",
        "Certifikatet är inte rotcertifikatet för en utfärdare av mobila dokument.",
        "ISO/IEC 18013-5 B.1.2",
    ),
    "mdoc.country": Reason(
        "The document, its signer and the authority are not of the same country.",
        "Dokumentet, undertecknaren och utfärdaren hör inte till samma land.",
        "ISO/IEC 18013-5 7.2.1, 9.3.3, B.1.4",
    ),
    "mdoc.digest": Reason(
        "A shown data element is not one that the issuer signed.",
        "En visad uppgift är inte en som utfärdaren har undertecknat.",
        "ISO/IEC 18013-5 9.1.2.5, 9.3.1 (3)",
    ),
    "mdoc.digest_algorithm": Reason(
        "The issuer's digests are of an algorithm that is not accepted.",
        "Utfärdarens kontrollsummor är gjorda med en metod som inte godtas.",
        "ISO/IEC 18013-5 9.1.2.5",
    ),
    "mdoc.doctype": Reason(
        "The document is of another type than the issuer signed.",
        "Dokumentet är av en annan typ än den som utfärdaren har undertecknat.",
        "ISO/IEC 18013-5 9.3.1 (4)",
    ),
    "mdoc.duplicate": Reason(
        "A data element or a digest is there twice.",
        "En uppgift eller en kontrollsumma finns två gånger.",
        "ISO/IEC 18013-5 8.3.2.1.2.2, 9.1.2.4",
    ),
    "mdoc.element": Reason(
        "A data element does not have the type that its name demands.",
        "En uppgift är inte av den typ som dess namn kräver.",
        "ISO/IEC 18013-5 7.2.1; PID Rulebook 3",
    ),
    "mdoc.key_authorization": Reason(
        "The holder's device has stated something that the issuer did not let it state.",
        "Innehavarens enhet har uppgett något som utfärdaren inte låter den uppge.",
        "ISO/IEC 18013-5 9.1.2.4, 9.1.3.2",
    ),
    "mdoc.making": Reason(
        "No certificate of that kind can be made.",
        "Ett sådant certifikat kan inte göras.",
        "ISO/IEC 18013-5 B.1",
    ),
    "mdoc.seal": Reason(
        "The data cannot be put into a mobile document.",
        "Uppgifterna kan inte läggas i ett mobilt dokument.",
        "ISO/IEC 18013-5 7.2.1, 9.1.2.4",
    ),
    "mdoc.selection": Reason(
        "The document does not hold what is to be shown.",
        "Dokumentet innehåller inte det som ska visas.",
        "OpenID4VP 1.0 6.4, B.2",
    ),
    "mdoc.signed_at": Reason(
        "The document was signed while its signer's certificate was not valid.",
        "Dokumentet undertecknades när undertecknarens certifikat inte gällde.",
        "ISO/IEC 18013-5 9.3.1 (5)",
    ),
    "mdoc.signer": Reason(
        "The certificate is not one that may sign mobile documents.",
        "Certifikatet är inte ett som får underteckna mobila dokument.",
        "ISO/IEC 18013-5 9.3.3, B.1.4",
    ),
    "mdoc.signer_expired": Reason(
        "The certificate of the document's signer, or of its authority, is outside its dates.",
        "Certifikatet för dokumentets undertecknare, eller för utfärdaren, gäller inte nu.",
        "ISO/IEC 18013-5 9.3.3; RFC 5280 6.1.3",
    ),
    "mdoc.structure": Reason(
        "The mobile document is malformed.",
        "Det mobila dokumentet är felaktigt.",
        "ISO/IEC 18013-5 8.3.2.1.2.2, 9.1.2.4, 9.1.3",
    ),
    "mdoc.transcript": Reason(
        "The check of a mobile document was not told which session it answers.",
        "Kontrollen av ett mobilt dokument fick inte veta vilken session det svarar på.",
        "ISO/IEC 18013-5 9.1.5.1; OpenID4VP 1.0 B.2.6",
    ),
    "network.chain": Reason(
        "The node serves another chain than the network file names.",
        "Noden hör till en annan kedja än nätfilen anger.",
        "design 4: network file",
    ),
    "network.checkpoint": Reason(
        "The chain does not hold the network file's checkpoint block.",
        "Kedjan saknar nätfilens kontrollblock.",
        "design 4: network file",
    ),
    "network.code": Reason(
        "A contract's code is not what the network file says.",
        "Ett kontrakts kod är inte den som nätfilen anger.",
        "design 4: network file",
    ),
    "network.deployment": Reason(
        "The contracts on the chain are not those that the record of their deployment names.",
        "Kontrakten på kedjan är inte de som driftsättningens protokoll anger.",
        "design 4: networks",
    ),
    "network.digest": Reason(
        "The network file is not the one that was agreed on.",
        "Nätverksfilen är inte den som avtalats.",
        "design: the network file",
    ),
    "network.expired": Reason(
        "The network file has expired.",
        "Nätfilen har gått ut.",
        "design 4: network file",
    ),
    "network.kind": Reason(
        "A network of this kind is not accepted here.",
        "Nät av det här slaget godtas inte här.",
        "design 4: networks",
    ),
    "network.rollback": Reason(
        "The network file is older than the one in use, or for another network.",
        "Nätfilen är äldre än den som används, eller för ett annat nät.",
        "design 4: network file",
    ),
    "network.root": Reason(
        "The key is none of the network file's root keys.",
        "Nyckeln är ingen av nätfilens rotnycklar.",
        "design 4: network file",
    ),
    "network.signature": Reason(
        "The network file lacks enough good signatures of its root keys.",
        "Nätfilen saknar tillräckligt många giltiga underskrifter av sina rotnycklar.",
        "design 4: network file",
    ),
    "oid4vci.access_token": Reason(
        "The access token is missing, unknown or has expired.",
        "Åtkomstbeviset saknas, är okänt eller har gått ut.",
        "OpenID4VCI 8.2; RFC 6750 3",
    ),
    "oid4vci.attestation": Reason(
        "The wallet attestation breaks the specification.",
        "Plånboksintyget bryter mot specifikationen.",
        "draft-ietf-oauth-attestation-based-client-auth 4; OpenID4VCI E",
    ),
    "oid4vci.attestation_audience": Reason(
        "The wallet's proof is meant for another server.",
        "Plånbokens bevis är avsett för en annan server.",
        "draft-ietf-oauth-attestation-based-client-auth 5.1, 7.2",
    ),
    "oid4vci.attestation_client": Reason(
        "The attestation is for another wallet, or its provider does not speak for that wallet.",
        "Intyget gäller en annan plånbok, eller så svarar leverantören inte för den plånboken.",
        "draft-ietf-oauth-attestation-based-client-auth 7.1",
    ),
    "oid4vci.attestation_expired": Reason(
        "The wallet attestation has expired.",
        "Plånboksintyget har gått ut.",
        "draft-ietf-oauth-attestation-based-client-auth 7.1, 7.4",
    ),
    "oid4vci.attestation_pop": Reason(
        "The wallet does not prove that it holds the attested key.",
        "Plånboken bevisar inte att den har den intygade nyckeln.",
        "draft-ietf-oauth-attestation-based-client-auth 5, 7.2, 7.3",
    ),
    "oid4vci.attestation_replayed": Reason(
        "The wallet's proof was used before.",
        "Plånbokens bevis har använts förut.",
        "draft-ietf-oauth-attestation-based-client-auth 7.2",
    ),
    "oid4vci.attestation_revoked": Reason(
        "The wallet provider has revoked or suspended the attestation.",
        "Plånboksleverantören har återkallat eller spärrat intyget.",
        "OpenID4VCI D.1; Token Status List 8.3",
    ),
    "oid4vci.attestation_status": Reason(
        "Whether the attestation was revoked could not be looked up.",
        "Det gick inte att slå upp om intyget har återkallats.",
        "OpenID4VCI D.1, E; Token Status List 8.1",
    ),
    "oid4vci.attestation_time": Reason(
        "The wallet's attestation is from the future, or its proof too old.",
        "Plånbokens intyg är från framtiden, eller dess bevis för gammalt.",
        "draft-ietf-oauth-attestation-based-client-auth 7.1, 7.2",
    ),
    "oid4vci.challenge": Reason(
        "The wallet's proof lacks our challenge, or it is too old.",
        "Plånbokens bevis saknar vår utmaning, eller den är för gammal.",
        "draft-ietf-oauth-attestation-based-client-auth 7.4",
    ),
    "oid4vci.client": Reason(
        "The wallet is unknown here, or did not show who it is.",
        "Plånboken är okänd här, eller har inte visat vem den är.",
        "RFC 6749 5.2, OpenID4VCI 6.3",
    ),
    "oid4vci.configuration": Reason(
        "The credential asked for is not one that may be issued here.",
        "Det begärda intyget får inte utfärdas här.",
        "OpenID4VCI 8.2, 8.3.1.2",
    ),
    "oid4vci.denied": Reason(
        "The credential was issued as often as it may be, or the issuer has decided against it.",
        "Intyget har utfärdats så många gånger som det får, eller så säger utfärdaren nej.",
        "OpenID4VCI 8.3.1.2",
    ),
    "oid4vci.dpop": Reason(
        "The DPoP proof is malformed.",
        "DPoP-beviset är felaktigt.",
        "RFC 9449 4.2, 4.3",
    ),
    "oid4vci.dpop_missing": Reason(
        "The request lacks a DPoP proof, or has more than one.",
        "Begäran saknar DPoP-bevis, eller har flera.",
        "RFC 9449 4.3, 5, 7",
    ),
    "oid4vci.dpop_nonce": Reason(
        "The DPoP proof lacks our nonce, or it is too old.",
        "DPoP-beviset saknar vårt engångsvärde, eller det är för gammalt.",
        "RFC 9449 8, 9",
    ),
    "oid4vci.dpop_replayed": Reason(
        "The DPoP proof was used before.",
        "DPoP-beviset har använts förut.",
        "RFC 9449 11.1",
    ),
    "oid4vci.dpop_request": Reason(
        "The DPoP proof is for another request.",
        "DPoP-beviset gäller en annan begäran.",
        "RFC 9449 4.3",
    ),
    "oid4vci.dpop_time": Reason(
        "The DPoP proof is too old, or from the future.",
        "DPoP-beviset är för gammalt eller från framtiden.",
        "RFC 9449 4.3, 11.1",
    ),
    "oid4vci.dpop_token": Reason(
        "The DPoP proof is for another access token.",
        "DPoP-beviset gäller ett annat åtkomstbevis.",
        "RFC 9449 4.3, 7",
    ),
    "oid4vci.encryption": Reason(
        "The encryption of request or answer is not as this issuer offers it.",
        "Begärans eller svarets kryptering är inte den som utfärdaren erbjuder.",
        "OpenID4VCI 8.2, 9.1, 10",
    ),
    "oid4vci.grant": Reason(
        "The code or refresh token is unknown, used or has expired.",
        "Koden eller förnyelsenyckeln är okänd, använd eller har gått ut.",
        "OpenID4VCI 6.3",
    ),
    "oid4vci.grant_astray": Reason(
        "The code or refresh token comes from another wallet, address or key than it was given to.",
        "Koden eller förnyelsenyckeln kommer från en annan plånbok, adress eller nyckel än den gavs till.",
        "RFC 6749 5.2, RFC 7636 4.6, RFC 9449 5, 10",
    ),
    "oid4vci.grant_burnt": Reason(
        "Too many wrong transaction codes: the offer is burnt.",
        "För många felaktiga koder: erbjudandet är förbrukat.",
        "OpenID4VCI 13.6.3",
    ),
    "oid4vci.grant_replayed": Reason(
        "The code or refresh token was used before: what was given for it has ended.",
        "Koden eller förnyelsenyckeln har använts förut: det som den gav har upphört att gälla.",
        "RFC 6749 4.1.2, RFC 9700 4.14.2",
    ),
    "oid4vci.grant_type": Reason(
        "The grant type is not supported.",
        "Behörighetstypen stöds inte.",
        "OpenID4VCI 6.3; RFC 6749 5.2",
    ),
    "oid4vci.haip": Reason(
        "The other party does not do what HAIP demands, which is switched on here.",
        "Motparten gör inte vad HAIP kräver, som är påslaget här.",
        "HAIP 1.0 4",
    ),
    "oid4vci.issuer_state": Reason(
        "The offer that the request names is unknown, used or has expired.",
        "Erbjudandet som begäran nämner är okänt, använt eller har gått ut.",
        "OpenID4VCI 5.1.3",
    ),
    "oid4vci.key_attestation": Reason(
        "The key attestation breaks the specification.",
        "Nyckelintyget bryter mot specifikationen.",
        "OpenID4VCI D.1",
    ),
    "oid4vci.key_attestation_level": Reason(
        "The key's storage, or how its owner proves presence, is weaker than this issuer demands.",
        "Nyckelns förvaring, eller hur ägaren visar att det är hen, är svagare än utfärdaren kräver.",
        "OpenID4VCI 12.2.4, D.2",
    ),
    "oid4vci.key_attestation_time": Reason(
        "The key attestation has expired, is too old, or from the future.",
        "Nyckelintyget har gått ut, är för gammalt eller från framtiden.",
        "OpenID4VCI D.1",
    ),
    "oid4vci.key_used": Reason(
        "The key has a credential already, or is waiting for one: each has a key of its own.",
        "Nyckeln har redan ett intyg, eller väntar på ett: varje intyg har sin egen nyckel.",
        "OpenID4VCI 8.3",
    ),
    "oid4vci.metadata": Reason(
        "The issuer's metadata break the specification.",
        "Utfärdarens metadata bryter mot specifikationen.",
        "OpenID4VCI 12.2; RFC 8414 3",
    ),
    "oid4vci.metadata_signer": Reason(
        "The issuer's metadata are signed by somebody who is not known to be the issuer.",
        "Utfärdarens metadata är undertecknade av någon som inte är känd för att vara utfärdaren.",
        "OpenID4VCI 12.2.3",
    ),
    "oid4vci.metadata_time": Reason(
        "The issuer's signed metadata have expired, are too old, or from the future.",
        "Utfärdarens undertecknade metadata har gått ut, är för gamla eller från framtiden.",
        "OpenID4VCI 12.2.3",
    ),
    "oid4vci.nonce": Reason(
        "The nonce is unknown, used or has expired.",
        "Engångsvärdet är okänt, använt eller har gått ut.",
        "OpenID4VCI 7, 8.3.1.2",
    ),
    "oid4vci.notification": Reason(
        "The notification does not belong to this issuance.",
        "Meddelandet hör inte till den här utfärdningen.",
        "OpenID4VCI 11.3",
    ),
    "oid4vci.offer": Reason(
        "The credential offer breaks the specification.",
        "Erbjudandet bryter mot specifikationen.",
        "OpenID4VCI 4.1",
    ),
    "oid4vci.pace": Reason(
        "Too many requests at a time; try again later.",
        "För många begäranden på en gång; försök igen senare.",
        "RFC 9126 2.3, RFC 6585 4",
    ),
    "oid4vci.proof_audience": Reason(
        "The key proof is meant for another issuer.",
        "Nyckelbeviset är avsett för en annan utfärdare.",
        "OpenID4VCI F.1, F.4",
    ),
    "oid4vci.proof_header": Reason(
        "The key proof's header breaks the specification.",
        "Nyckelbevisets huvud bryter mot specifikationen.",
        "OpenID4VCI F.1, F.4",
    ),
    "oid4vci.proof_missing": Reason(
        "The request lacks a key proof of a kind that we take.",
        "Begäran saknar ett nyckelbevis av ett slag som vi tar emot.",
        "OpenID4VCI 8.2, 8.3.1.2",
    ),
    "oid4vci.proof_nonce": Reason(
        "The key proof, or the key attestation, has no nonce.",
        "Nyckelbeviset, eller nyckelintyget, saknar engångsvärde.",
        "OpenID4VCI 8.2, F.4",
    ),
    "oid4vci.proof_payload": Reason(
        "The key proof's claims break the specification.",
        "Nyckelbevisets innehåll bryter mot specifikationen.",
        "OpenID4VCI F.1",
    ),
    "oid4vci.proof_time": Reason(
        "The key proof is too old, or from the future.",
        "Nyckelbeviset är för gammalt eller från framtiden.",
        "OpenID4VCI F.4",
    ),
    "oid4vci.proof_unattested": Reason(
        "The key is not attested by a wallet provider as this issuer demands.",
        "Nyckeln är inte intygad av en plånboksleverantör så som utfärdaren kräver.",
        "OpenID4VCI D.1, F.1",
    ),
    "oid4vci.redirect": Reason(
        "What the browser came back with is no answer to what was asked.",
        "Det som webbläsaren kom tillbaka med är inget svar på det som begärdes.",
        "RFC 6749 10.12; RFC 9207 2.4",
    ),
    "oid4vci.redirect_uri": Reason(
        "The answer may not go to the address that the wallet names.",
        "Svaret får inte gå till adressen som plånboken anger.",
        "RFC 6749 3.1.2, RFC 9700 4.1",
    ),
    "oid4vci.remote": Reason(
        "The other party answered with an error.",
        "Motparten svarade med ett fel.",
        "OpenID4VCI 6.3, 8.3.1",
    ),
    "oid4vci.request": Reason(
        "The request breaks the specification.",
        "Begäran bryter mot specifikationen.",
        "OpenID4VCI 6, 8.2",
    ),
    "oid4vci.request_uri": Reason(
        "The link is unknown, was used, or has expired: begin again in the wallet.",
        "Länken är okänd, använd eller har gått ut: börja om i plånboken.",
        "RFC 9126 2.2, 4",
    ),
    "oid4vci.scope": Reason(
        "The access token is not for this credential.",
        "Åtkomstbeviset gäller inte detta intyg.",
        "RFC 6750 3.1; OpenID4VCI 8.3.1.1",
    ),
    "oid4vci.sequence": Reason(
        "The message does not fit the state of the issuance.",
        "Meddelandet passar inte i utfärdningens nuvarande läge.",
        "OpenID4VCI 3",
    ),
    "oid4vci.state": Reason(
        "The stored state of an issuance cannot be read.",
        "Det sparade läget för en utfärdning kan inte läsas.",
        "design: versioned state",
    ),
    "oid4vci.token_type": Reason(
        "The access token is of another type than was asked for.",
        "Åtkomstbeviset är av ett annat slag än det som begärdes.",
        "RFC 6749 7.1; RFC 9449 5",
    ),
    "oid4vci.transaction": Reason(
        "The transaction is unknown, or was finished.",
        "Ärendet är okänt eller avslutat.",
        "OpenID4VCI 9.3",
    ),
    "oid4vci.tx_code": Reason(
        "The transaction code is missing or wrong.",
        "Engångskoden saknas eller är fel.",
        "OpenID4VCI 6.3",
    ),
    "oid4vci.unsupported": Reason(
        "The other party asks for something that is not supported here.",
        "Motparten begär något som inte stöds här.",
        "OpenID4VCI 12.2",
    ),
    "oid4vci.wallet_provider": Reason(
        "The attestation is not from a wallet provider that is trusted here.",
        "Intyget kommer inte från en plånboksleverantör som är betrodd här.",
        "draft-ietf-oauth-attestation-based-client-auth 7.1; OpenID4VCI E",
    ),
    "oid4vci.wallet_providers": Reason(
        "The list of wallet providers is not in order.",
        "Listan över plånboksleverantörer är inte i ordning.",
        "OpenID4VCI E; HAIP 1.0 4.4.1",
    ),
    "oid4vp.answer": Reason(
        "The answer does not satisfy the query.",
        "Svaret uppfyller inte det som begärdes.",
        "OpenID4VP 6, 8.6",
    ),
    "oid4vp.asker_key": Reason(
        "The request is not signed by a key of the one who asks.",
        "Begäran är inte undertecknad med en nyckel som hör till den som frågar.",
        "OpenID4VP 5.9.3",
    ),
    "oid4vp.attestation": Reason(
        "The verifier attestation is not by a trusted party, not for this client, or out of date.",
        "Verifierarintyget är inte utfärdat av någon betrodd, gäller inte denna klient eller gäller inte nu.",
        "OpenID4VP 5.9.3, 12",
    ),
    "oid4vp.certificate": Reason(
        "The asker's certificate is not that of its identifier, is out of date, or leads to nobody trusted.",
        "Certifikatet hör inte till den som frågar, gäller inte nu eller leder inte till någon betrodd.",
        "OpenID4VP 5.9.3; RFC 5280 6.1",
    ),
    "oid4vp.client_id": Reason(
        "The client identifier is malformed, unsupported or not the one expected.",
        "Klientidentifieraren är felaktig, stöds inte eller är inte den väntade.",
        "OpenID4VP 5.9, 5.10.1",
    ),
    "oid4vp.collected": Reason(
        "Report and claims have already been handed out.",
        "Rapport och uppgifter är redan utlämnade.",
        "design: claims are handed out once",
    ),
    "oid4vp.dcql": Reason(
        "The query breaks the specification.",
        "Frågan bryter mot specifikationen.",
        "OpenID4VP 6",
    ),
    "oid4vp.declined": Reason(
        "The person declined.",
        "Personen tackade nej.",
        "OpenID4VP 8.5",
    ),
    "oid4vp.encryption": Reason(
        "The answer is encrypted and should not be, or is not and should be, or not as was asked.",
        "Svaret är krypterat men borde inte vara det, eller tvärtom, eller på annat sätt än begärt.",
        "OpenID4VP 8.3",
    ),
    "oid4vp.not_accepted": Reason(
        "The verifier did not accept what was presented.",
        "Den som frågade godtog inte det som visades.",
        "OpenID4VP 8.2, 8.6",
    ),
    "oid4vp.nothing_held": Reason(
        "The wallet holds nothing that answers the request.",
        "Plånboken har inget som besvarar begäran.",
        "OpenID4VP 6.4, 8.5",
    ),
    "oid4vp.origin": Reason(
        "The page that asks is not one of those that the signed request is for.",
        "Sidan som frågar är inte någon av dem som den undertecknade begäran gäller.",
        "OpenID4VP A.2",
    ),
    "oid4vp.owner": Reason(
        "The report belongs to another client.",
        "Rapporten hör till en annan klient.",
        "design: claims go to the client that asked",
    ),
    "oid4vp.remote": Reason(
        "The other party answered with an error.",
        "Motparten svarade med ett fel.",
        "OpenID4VP 8.5",
    ),
    "oid4vp.request": Reason(
        "The presentation request breaks the specification.",
        "Begäran om visning bryter mot specifikationen.",
        "OpenID4VP 5",
    ),
    "oid4vp.request_time": Reason(
        "The presentation request has expired or is from the future.",
        "Begäran om visning har gått ut eller är från framtiden.",
        "RFC 9101 4; RFC 7519 4.1",
    ),
    "oid4vp.response": Reason(
        "The presentation response breaks the specification.",
        "Svaret på begäran om visning bryter mot specifikationen.",
        "OpenID4VP 8",
    ),
    "oid4vp.response_uri": Reason(
        "The answer would go to an address that is not the asker's.",
        "Svaret skulle gå till en adress som inte hör till den som frågar.",
        "OpenID4VP 5.9.3, 14.3.1",
    ),
    "oid4vp.sequence": Reason(
        "The message does not fit the state of the presentation.",
        "Meddelandet passar inte i visningens nuvarande läge.",
        "OpenID4VP 3, 14.3",
    ),
    "oid4vp.state": Reason(
        "The stored state of a presentation cannot be read.",
        "Det sparade läget för en visning kan inte läsas.",
        "design: versioned state",
    ),
    "oid4vp.transaction_data": Reason(
        "What is to be authorised is malformed, of an unknown type, or not what was authorised.",
        "Det som ska godkännas är felaktigt, av okänt slag eller inte det som godkändes.",
        "OpenID4VP 5.1, 8.4, 8.5",
    ),
    "oid4vp.unsigned": Reason(
        "The request must be signed and is not, or must not be signed and is.",
        "Begäran måste vara undertecknad men är det inte, eller tvärtom.",
        "OpenID4VP 5.9.3",
    ),
    "oid4vp.unsupported": Reason(
        "The other party asks for something that is not supported here.",
        "Motparten begär något som inte stöds här.",
        "OpenID4VP 5",
    ),
    "onboarding.changed": Reason(
        "The onboarding was changed by another request at the same time.",
        "Ärendet ändrades samtidigt av ett annat anrop.",
        "design 6",
    ),
    "onboarding.earlier_sign": Reason(
        "A photograph that was given before bore a sign of forgery; a person looks.",
        "Ett foto som lämnades tidigare bar ett tecken på förfalskning; en människa tittar.",
        "ADR 0035",
    ),
    "onboarding.face_search": Reason(
        "Faces are not searched here, so there is nothing to agree to.",
        "Här söks inte bland ansikten, så det finns inget att samtycka till.",
        "ADR 0033",
    ),
    "onboarding.language": Reason(
        "The notice does not exist in this language.",
        "Informationen finns inte på det språket.",
        "GDPR 12(1)",
    ),
    "onboarding.name_mismatch": Reason(
        "The name is not the one in the machine readable zone. Write it as it is printed on the document.",
        "Namnet är inte det som står i den maskinläsbara delen. Skriv det som det är tryckt på handlingen.",
        "ICAO 9303-3 4.6, 6",
    ),
    "onboarding.no_level": Reason(
        "What was shown reaches no level that is issued here; a person will look at it.",
        "Det som visades räcker inte till någon nivå som utfärdas här; en människa tittar på det.",
        "ETSI TS 119 461 4.2",
    ),
    "onboarding.person_conflict": Reason(
        "The document's numbers belong to different persons already known.",
        "Handlingens nummer hör till olika personer som redan är kända.",
        "design 6",
    ),
    "onboarding.policy_version": Reason(
        "This is not the version of the notice that is in force.",
        "Det är inte den gällande versionen av informationen.",
        "GDPR 7(1), 13",
    ),
    "onboarding.review": Reason(
        "A person looks at what you gave. You need not do anything but wait.",
        "En människa tittar på det du har lämnat. Du behöver bara vänta.",
        "design 6; GDPR 22",
    ),
    "onboarding.too_many_tries": Reason(
        "Nine new attempts did not help. A person will look at what is there; you need not do anything.",
        "Nio nya försök hjälpte inte. En människa tittar på det som finns; du behöver inte göra något.",
        "design 6",
    ),
    "onboarding.too_often": Reason(
        "That was asked for too often; try again in an hour.",
        "Det har begärts för många gånger; försök igen om en timme.",
        "design 6",
    ),
    "onboarding.unknown": Reason(
        "There is no such onboarding, or the resume token is not its own.",
        "Det finns inget sådant ärende, eller så hör återkomstkoden inte till det.",
        "design 6",
    ),
    "onboarding.wrong_step": Reason(
        "The onboarding is not at this step.",
        "Ärendet är inte vid det steget.",
        "design 6",
    ),
    "operator.exists": Reason(
        "There is an operator of that name already.",
        "Det finns redan en operatör med det namnet.",
        "design 6: operators",
    ),
    "operator.role": Reason(
        "The operator lacks the role that this takes.",
        "Operatören saknar den roll som krävs.",
        "design 6: operators",
    ),
    "operator.token": Reason(
        "No operator's token, or not one in force.",
        "Ingen operatörskod, eller ingen som gäller.",
        "RFC 6750 3.1",
    ),
    "operator.unknown": Reason(
        "There is no such operator.",
        "Det finns ingen sådan operatör.",
        "design 6: operators",
    ),
    "outbox.failed": Reason(
        "The code could not be sent: try again later.",
        "Koden kunde inte skickas: försök igen senare.",
        "design 6: contact",
    ),
    "phone.missing": Reason(
        "The phone number is not confirmed yet.",
        "Telefonnumret är inte bekräftat än.",
        "design: issuer",
    ),
    "policy.test_credential": Reason(
        "This is a test credential: it proves nothing.",
        "Det här är ett testintyg: det styrker ingenting.",
        "design: sandbox",
    ),
    "policy.type": Reason(
        "The credential is of another type than asked for.",
        "Intyget är av en annan typ än den som begärdes.",
        "OpenID4VP 1.0 6.1",
    ),
    "proof.base": Reason(
        "The proof is the holder's base proof, from which one for a verifier is derived.",
        "Beviset är innehavarens grundbevis, från vilket ett bevis för en mottagare härleds.",
        "VC Data Integrity ECDSA 1.0 3.6.6; VC Data Integrity BBS 1.0 3.4.6",
    ),
    "proof.context": Reason(
        "The proof's context is not how the document's begins.",
        "Bevisets kontext är inte början av dokumentets.",
        "VC Data Integrity EdDSA 1.0 3.3.2; VC Data Integrity ECDSA 1.0 3.3.2",
    ),
    "proof.derived": Reason(
        "The proof is derived from a base proof, which is what is wanted here.",
        "Beviset är härlett från ett grundbevis, som är vad som krävs här.",
        "VC Data Integrity ECDSA 1.0 3.5.3; VC Data Integrity BBS 1.0 3.3.2",
    ),
    "proof.format": Reason(
        "The Data Integrity proof is malformed or has members that we do not accept.",
        "Data Integrity-beviset är felaktigt eller har fält som vi inte godtar.",
        "VC Data Integrity 1.0 2.1",
    ),
    "proof.id": Reason(
        "Two proofs of the document have one id.",
        "Två bevis i dokumentet har samma id.",
        "VC Data Integrity 1.0 2.1.2",
    ),
    "proof.previous": Reason(
        "A proof follows one that is not in the document, or that follows it in turn.",
        "Ett bevis följer på ett som inte finns i dokumentet, eller som i sin tur följer på det.",
        "VC Data Integrity 1.0 4.3, 4.5",
    ),
    "proof.purpose": Reason(
        "The proof was made for another purpose.",
        "Beviset är gjort för ett annat ändamål.",
        "VC Data Integrity 1.0 2.3",
    ),
    "proof.suite": Reason(
        "The proof's cryptosuite is not one we accept.",
        "Bevisets kryptosvit godtas inte.",
        "VC Data Integrity 1.0 2.1, 3.1",
    ),
    "proof.value": Reason(
        "The proof value is not what its cryptosuite demands.",
        "Bevisvärdet är inte vad kryptosviten kräver.",
        "VC Data Integrity EdDSA 1.0 3.2.1; VC Data Integrity ECDSA 1.0 3.2.1",
    ),
    "publication.busy": Reason(
        "Another process is sending status changes at this moment.",
        "En annan process skickar statusändringar just nu.",
        "design 4: the issuer's side",
    ),
    "publication.diverged": Reason(
        "The chain holds another version of the list than the one written down here.",
        "Kedjan har en annan version av listan än den som står nedtecknad här.",
        "design 4: StatusRegistry",
    ),
    "publication.failed": Reason(
        "The status change has not reached the chain yet.",
        "Statusändringen har inte nått kedjan än.",
        "design 4: StatusRegistry",
    ),
    "publication.funds": Reason(
        "The account that pays has less than the set number of revocations cost.",
        "Kontot som betalar har mindre än vad det bestämda antalet spärrar kostar.",
        "design 4: the issuer's side",
    ),
    "publication.owner_key": Reason(
        "Opening a list or lifting a suspension takes the DID owner's key, which is not here.",
        "Att öppna en lista eller häva en spärr kräver DID-ägarens nyckel, som inte finns här.",
        "design 4: five roles",
    ),
    "rdf.character": Reason(
        "A text has a character that canonical N-Quads cannot carry plainly.",
        "En text har ett tecken som kanoniska N-Quads inte kan bära oförändrat.",
        "RDF Dataset Canonicalization 1.0 5",
    ),
    "rdf.context_broken": Reason(
        "A shipped JSON-LD context is not valid.",
        "En medföljande JSON-LD-kontext är inte giltig.",
        "JSON-LD 1.1 API 4.1",
    ),
    "rdf.context_digest": Reason(
        "A shipped JSON-LD context is not the file that its manifest names.",
        "En medföljande JSON-LD-kontext är inte den fil som manifestet anger.",
        "VC Data Integrity 1.0 2.4.1",
    ),
    "rdf.context_place": Reason(
        "A JSON-LD context stands where none may, is missing, or is written out.",
        "En JSON-LD-kontext står där ingen får stå, saknas eller är utskriven.",
        "VC Data Model 2.0 4.3",
    ),
    "rdf.context_unknown": Reason(
        "The document names a JSON-LD context that we do not ship; none is ever fetched.",
        "Dokumentet anger en JSON-LD-kontext som inte följer med; ingen hämtas.",
        "VC Data Integrity 1.0 2.4.1",
    ),
    "rdf.context_written": Reason(
        "A JSON-LD context that is written out in the document is malformed or does more than define terms.",
        "En JSON-LD-kontext som är utskriven i dokumentet är felaktig eller gör mer än att definiera termer.",
        "JSON-LD 1.1 9.15",
    ),
    "rdf.dropped": Reason(
        "The JSON-LD processor would drop or merge a part of the document.",
        "JSON-LD-processorn skulle tappa eller slå ihop en del av dokumentet.",
        "design 5: safe mode",
    ),
    "rdf.empty": Reason(
        "An object or array says nothing and would be dropped.",
        "Ett objekt eller en lista säger ingenting och skulle tappas.",
        "design 5: safe mode",
    ),
    "rdf.id": Reason(
        "An id is not an absolute IRI that stands for itself.",
        "Ett id är inte en absolut IRI som står för sig själv.",
        "VC Data Model 2.0 4.4; RFC 3987 2.2",
    ),
    "rdf.invalid": Reason(
        "The document is not valid JSON-LD.",
        "Dokumentet är inte giltig JSON-LD.",
        "JSON-LD 1.1 API 5.1",
    ),
    "rdf.keyword": Reason(
        "A JSON-LD keyword, or what looks like one, stands where none may.",
        "Ett JSON-LD-nyckelord, eller något som liknar ett, står där inget får stå.",
        "JSON-LD 1.1 1.7",
    ),
    "rdf.labels": Reason(
        "The labels do not fit the document's blank nodes.",
        "Etiketterna passar inte dokumentets anonyma noder.",
        "VC Data Integrity ECDSA 1.0 3.4.3",
    ),
    "rdf.language": Reason(
        "A language tag is malformed.",
        "En språktagg är felaktig.",
        "BCP 47 2.1",
    ),
    "rdf.literal": Reason(
        "A value is not written in the one form that its term has.",
        "Ett värde är inte skrivet i den enda form som dess term har.",
        "design 5: safe mode",
    ),
    "rdf.node_repeated": Reason(
        "One id is described in two places, which would be merged.",
        "Ett id beskrivs på två ställen, som skulle slås ihop.",
        "design 5: safe mode",
    ),
    "rdf.pointer": Reason(
        "The JSON pointer is malformed, or there are too many.",
        "JSON-pekaren är felaktig, eller så är de för många.",
        "RFC 6901 3, 4",
    ),
    "rdf.pointer_inside": Reason(
        "The JSON pointer leads into what is signed as a whole.",
        "JSON-pekaren leder in i något som är signerat som helhet.",
        "VC Data Integrity ECDSA 1.0 3.4.15",
    ),
    "rdf.pointer_nothing": Reason(
        "The JSON pointer selects nothing in the document.",
        "JSON-pekaren väljer inget i dokumentet.",
        "VC Data Integrity ECDSA 1.0 3.4.12",
    ),
    "rdf.poison": Reason(
        "The blank nodes cannot be told apart within the work we allow.",
        "De tomma noderna kan inte skiljas åt inom det arbete vi tillåter.",
        "RDF Dataset Canonicalization 1.0 7.1",
    ),
    "rdf.root": Reason(
        "Another object has a type of the document itself: which of the two was signed, nobody could tell.",
        "Ett annat objekt har en av dokumentets egna typer: vilket av dem som undertecknats syns inte.",
        "design 5: safe mode",
    ),
    "rdf.size": Reason(
        "The document has more nodes, statements, types or text than we accept.",
        "Dokumentet har fler noder, utsagor, typer eller mer text än vi godtar.",
        "design: caps",
    ),
    "rdf.term_ambiguous": Reason(
        "A property has two names here; only one can be accepted.",
        "En egenskap har två namn här; bara ett kan godtas.",
        "design 5: safe mode",
    ),
    "rdf.term_unknown": Reason(
        "No context defines a member, so it would not be signed.",
        "Ingen kontext definierar ett fält, så det skulle inte vara signerat.",
        "VC Data Model 2.0 4.3",
    ),
    "rdf.type": Reason(
        "A type is neither a known term nor an absolute IRI that stands for itself.",
        "En typ är varken en känd term eller en absolut IRI som står för sig själv.",
        "VC Data Model 2.0 4.5",
    ),
    "rdf.unsupported": Reason(
        "The document uses a part of JSON-LD that we do not accept.",
        "Dokumentet använder en del av JSON-LD som vi inte godtar.",
        "design 5: safe mode",
    ),
    "registration.client_id": Reason(
        "The registration on chain does not say that this client is the registered service provider.",
        "Registreringen i kedjan säger inte att denna klient är den registrerade tjänsten.",
        "design: a registration binds who asks",
    ),
    "registration.digest": Reason(
        "The registration is another than the one that stands on the chain.",
        "Registreringen är en annan än den som står på kedjan.",
        "design 4: TrustRegistry",
    ),
    "registration.document": Reason(
        "The registration makes no sense.", "Registreringen är inte rimlig.", "design 4: TrustRegistry"
    ),
    "registration.expired": Reason(
        "The registration has run out.", "Registreringen har löpt ut.", "design 4: TrustRegistry"
    ),
    "registration.purpose": Reason(
        "There is no such purpose in the registration.",
        "Det finns inget sådant ändamål i registreringen.",
        "design 4: TrustRegistry",
    ),
    "registration.too_old": Reason(
        "What is known of the service provider's registration is older than the policy allows.",
        "Uppgifterna om tjänsteleverantörens registrering är äldre än vad reglerna tillåter.",
        "design: bad news first",
    ),
    "registration.unavailable": Reason(
        "The service provider's registration could not be looked up.",
        "Tjänsteleverantörens registrering kunde inte slås upp.",
        "design: three endings",
    ),
    "registration.unknown": Reason(
        "The one who asks is not registered.",
        "Den som frågar är inte registrerad.",
        "design 4: TrustRegistry",
    ),
    "registration.withdrawn": Reason(
        "The registration was withdrawn.", "Registreringen är återkallad.", "design 4: TrustRegistry"
    ),
    "review.claimed": Reason(
        "Another reviewer has this case now.",
        "En annan granskare har det här ärendet nu.",
        "design 6",
    ),
    "review.known": Reason(
        "Say whether this is the person who is known here already.",
        "Ange om detta är den person som redan är känd här.",
        "ADR 0032",
    ),
    "review.level": Reason(
        "The evidence does not reach this level.",
        "Underlaget räcker inte till den nivån.",
        "ETSI TS 119 461 4.2",
    ),
    "review.no_proposal": Reason(
        "Nobody has proposed how to decide this case.",
        "Ingen har föreslagit hur ärendet ska avgöras.",
        "design 6",
    ),
    "review.notes": Reason(
        "There are too many notes on this case.",
        "Det finns för många anteckningar i ärendet.",
        "design: caps",
    ),
    "review.proposed": Reason(
        "There is a proposal already: agree with it, or send it back.",
        "Det finns redan ett förslag: instäm i det, eller skicka tillbaka det.",
        "design 6",
    ),
    "review.same_person": Reason(
        "Whoever proposed it cannot be the second to agree.",
        "Den som föreslog det kan inte också vara den andra som instämmer.",
        "design 6",
    ),
    "review.unknown": Reason(
        "There is no such onboarding waiting for review.",
        "Inget sådant ärende väntar på granskning.",
        "design 6",
    ),
    "revocation.count": Reason(
        "Not as many credentials are to be revoked as were counted; nothing was done.",
        "Det är inte så många intyg att spärra som räknades; inget gjordes.",
        "design 6",
    ),
    "revocation.final": Reason(
        "A revoked credential stays revoked.",
        "Ett återkallat intyg förblir återkallat.",
        "design 4: bad news first",
    ),
    "revocation.reason": Reason(
        "The reason is not on the closed list.",
        "Skälet finns inte på den slutna listan.",
        "design 6",
    ),
    "revocation.selection": Reason(
        "Nothing says which credentials are meant.",
        "Inget säger vilka intyg som avses.",
        "design 6",
    ),
    "revocation.unknown": Reason(
        "There is no such credential or person.",
        "Det finns inget sådant intyg eller någon sådan person.",
        "design 6",
    ),
    "sandbox.asset_missing": Reason(
        "A font or photograph that the sandbox needs was not fetched.",
        "Ett typsnitt eller fotografi som sandlådan behöver har inte hämtats.",
        "tools/fetch_assets.py",
    ),
    "sandbox.busy": Reason(
        "A sandbox is already running in this folder.",
        "En sandlåda körs redan i den här mappen.",
        "sandbox guide",
    ),
    "sandbox.chip": Reason(
        "The sandbox makes no such chip.",
        "Sandlådan gör inget sådant chip.",
        "sandbox guide",
    ),
    "sandbox.folder": Reason(
        "The folder holds something else than a sandbox.",
        "Mappen innehåller något annat än en sandlåda.",
        "sandbox guide",
    ),
    "sandbox.forced": Reason(
        "The sandbox's test person ends like this.",
        "Sandlådans testperson slutar så här.",
        "design 6: sandbox",
    ),
    "sandbox.not_running": Reason(
        "No sandbox is running in this folder.",
        "Ingen sandlåda körs i den här mappen.",
        "sandbox guide",
    ),
    "sandbox.person": Reason(
        "There is no test person of that name, or it has no wallet.",
        "Det finns ingen testperson med det namnet, eller så saknar den plånbok.",
        "sandbox guide",
    ),
    "sandbox.service": Reason(
        "A part of the sandbox did not start, or does not answer.",
        "En del av sandlådan startade inte, eller svarar inte.",
        "sandbox guide",
    ),
    "schema.mismatch": Reason(
        "The issuer is accredited for another version of the credential's schema.",
        "Utfärdaren är ackrediterad för en annan version av intygets schema.",
        "design 4: TrustRegistry",
    ),
    "schema.unknown": Reason(
        "This verifier does not know the credential's type.",
        "Kontrollen känner inte till den här typen av intyg.",
        "design 4: TrustRegistry",
    ),
    "sd_jwt.claim_name": Reason(
        "A disclosed claim has a name that may not be used or is already taken.",
        "En visad uppgift har ett namn som inte får användas eller redan är upptaget.",
        "RFC 9901 7.1",
    ),
    "sd_jwt.digest": Reason(
        "The place of a hidden claim is malformed.",
        "Platsen för en dold uppgift är felaktig.",
        "RFC 9901 4.2.4",
    ),
    "sd_jwt.digest_alg": Reason(
        "The digests are made with an algorithm we do not accept.",
        "Kontrollsummorna är gjorda med en algoritm som vi inte godtar.",
        "RFC 9901 4.1.1",
    ),
    "sd_jwt.digest_duplicate": Reason(
        "A digest or a disclosure stands twice.",
        "En kontrollsumma eller visad uppgift står två gånger.",
        "RFC 9901 7.1",
    ),
    "sd_jwt.disclosure": Reason(
        "A disclosure is malformed or does not fit its place.",
        "En visad uppgift är felaktig eller passar inte på sin plats.",
        "RFC 9901 4.2",
    ),
    "sd_jwt.disclosure_unused": Reason(
        "A disclosure belongs to nothing in the credential.",
        "En visad uppgift hör inte till något i intyget.",
        "RFC 9901 7.1",
    ),
    "sd_jwt.not_selective": Reason(
        "A claim that must stand in the open was hidden.",
        "En uppgift som måste vara öppen var dold.",
        "SD-JWT VC 2.2.2.3",
    ),
    "sd_jwt.path": Reason(
        "There is no such claim in the credential.",
        "Det finns ingen sådan uppgift i intyget.",
        "OpenID4VP 1.0 7",
    ),
    "sd_jwt.seal": Reason(
        "The claims cannot stand in an SD-JWT VC.",
        "Uppgifterna kan inte stå i en SD-JWT VC.",
        "SD-JWT VC 2.2.2",
    ),
    "sd_jwt.structure": Reason(
        "The credential is not an SD-JWT that we can read.",
        "Intyget är inte en SD-JWT som vi kan läsa.",
        "RFC 9901 4; SD-JWT VC 2.2",
    ),
    "sd_jwt.type_claims": Reason(
        "The credential lacks what its type says that every such credential has.",
        "Intyget saknar något som dess typ säger att varje sådant intyg har.",
        "SD-JWT VC 5.6",
    ),
    "sd_jwt.type_metadata": Reason(
        "The description of the credential's type is malformed, or another type's.",
        "Beskrivningen av intygets typ är felaktig eller hör till en annan typ.",
        "SD-JWT VC 5, 7",
    ),
    "securing.cose": Reason(
        "The COSE message is malformed.",
        "COSE-meddelandet är felaktigt.",
        "RFC 9052 3, 4.2",
    ),
    "securing.cose_typ": Reason(
        "The COSE message has another type than is wanted here.",
        "COSE-meddelandet är av en annan typ än den som behövs här.",
        "RFC 9596 2",
    ),
    "securing.jwe": Reason(
        "The encrypted message is malformed.",
        "Det krypterade meddelandet är felaktigt.",
        "RFC 7516 4, 7.1",
    ),
    "securing.jwe_algorithm": Reason(
        "The encryption algorithm or curve is not one we accept here.",
        "Krypteringsalgoritmen eller kurvan godtas inte här.",
        "RFC 7518 4.6, 5.3; RFC 8725 3.1",
    ),
    "securing.jwe_key": Reason(
        "The message is encrypted to another key.",
        "Meddelandet är krypterat för en annan nyckel.",
        "OpenID4VCI 10; OpenID4VP 8.3",
    ),
    "securing.jwe_tag": Reason(
        "The encrypted message was changed, or is for another key.",
        "Det krypterade meddelandet har ändrats eller är krypterat för en annan nyckel.",
        "RFC 7516 5.2; RFC 7518 5.3",
    ),
    "securing.jws": Reason("The JWS is malformed.", "JWS-strukturen är felaktig.", "RFC 7515 3.1, 7.1"),
    "securing.jws_typ": Reason(
        "The token is of another type than expected.",
        "Det signerade objektet är av en annan typ än väntat.",
        "RFC 8725 3.11",
    ),
    "securing.keys": Reason(
        "There is not one key for each proof.",
        "Det finns inte en nyckel för varje bevis.",
        "VC Data Integrity 1.0 4.5",
    ),
    "securing.secrets": Reason(
        "The holder's secrets are not those that this proof takes.",
        "Innehavarens hemligheter är inte de som beviset kräver.",
        "VC Data Integrity BBS 1.0 3.4.6",
    ),
    "securing.signatures": Reason(
        "The signatures are not those that were asked for.",
        "Signaturerna är inte de som efterfrågades.",
        "design 3: prepare, complete",
    ),
    "securing.suite": Reason(
        "There is no such cryptosuite, or it is not for keys of this kind.",
        "Kryptosviten finns inte, eller är inte till för nycklar av det slaget.",
        "VC Data Integrity 1.0 3.1",
    ),
    "status.bitstring": Reason(
        "The Bitstring Status List is malformed.",
        "Statuslistan (Bitstring) är felaktig.",
        "Bitstring Status List 1.0",
    ),
    "status.delta": Reason(
        "A change of a status list is malformed.",
        "En ändring av en statuslista är felaktig.",
        "contracts: StatusRegistry",
    ),
    "status.digest_mismatch": Reason(
        "The status list differs from the digest that is anchored for it.",
        "Statuslistan avviker från det kondensat som är förankrat för den.",
        "design 4: StatusRegistry",
    ),
    "status.early": Reason(
        "Too much was written to the status list before its issuer was accredited.",
        "För mycket skrevs i statuslistan innan utfärdaren var ackrediterad.",
        "design 4: StatusRegistry",
    ),
    "status.entry": Reason(
        "The credential's status entry, or what a list says of its values, is malformed.",
        "Intygets statuspost, eller listans uppgift om dess värden, är felaktig.",
        "Bitstring Status List 1.0 2.1",
    ),
    "status.index": Reason(
        "The credential's status entry lies outside the list.",
        "Intygets plats ligger utanför statuslistan.",
        "Token Status List 8.3",
    ),
    "status.length": Reason(
        "The status list has fewer entries than a crowd to hide in needs.",
        "Statuslistan har för få poster för att ge skydd i mängden.",
        "Bitstring Status List 1.0 3.2 (STATUS_LIST_LENGTH_ERROR)",
    ),
    "status.list": Reason(
        "The status list's width, size or entries are not possible.",
        "Statuslistans bredd, storlek eller innehåll är omöjligt.",
        "contracts: StatusRegistry",
    ),
    "status.list_format": Reason(
        "The status list came in a form that is not read here.",
        "Statuslistan kom i en form som inte läses här.",
        "Bitstring Status List 1.0 3.6",
    ),
    "status.list_issuer": Reason(
        "The status list is by somebody else than the credential's issuer.",
        "Statuslistan är utfärdad av någon annan än intygets utfärdare.",
        "Bitstring Status List 1.0 3.2",
    ),
    "status.list_unverified": Reason(
        "The status list does not verify.",
        "Statuslistan går inte att verifiera.",
        "Bitstring Status List 1.0 3.2 (STATUS_VERIFICATION_ERROR)",
    ),
    "status.missing": Reason(
        "The credential names no status entry, so it could never be revoked.",
        "Intyget anger ingen status och skulle aldrig kunna återkallas.",
        "design 3: status",
    ),
    "status.purpose": Reason(
        "The status list is for another purpose than the credential's entry.",
        "Statuslistan har ett annat syfte än intygets post.",
        "Bitstring Status List 1.0 3.2 (STATUS_VERIFICATION_ERROR)",
    ),
    "status.revoked": Reason(
        "The credential is revoked.",
        "Intyget är återkallat.",
        "Token Status List 7.1; Bitstring Status List 2.2",
    ),
    "status.rice": Reason(
        "The Rice code of a set of indexes is malformed.",
        "Rice-koden för en mängd index är felaktig.",
        "contracts: Rice code",
    ),
    "status.signed_list_differs": Reason(
        "The issuer signed a list that lacks what it had revoked before: it shows different lists.",
        "Utfärdaren har undertecknat en lista utan det som den tidigare återkallat: den visar olika listor.",
        "design 4: bad news first",
    ),
    "status.signed_list_older": Reason(
        "The issuer's published list is older than what is anchored, or than one that was seen before.",
        "Utfärdarens publicerade lista är äldre än den förankrade, eller än en som har setts tidigare.",
        "design 4: bad news first",
    ),
    "status.suspended": Reason(
        "The credential is suspended.",
        "Intyget är tillfälligt spärrat.",
        "Token Status List 7.1; Bitstring Status List 2.2",
    ),
    "status.token_list": Reason(
        "The Token Status List is malformed.",
        "Statuslistan (Token) är felaktig.",
        "Token Status List 4",
    ),
    "status.too_old": Reason(
        "What is known of revocations is older than the policy allows.",
        "Uppgiften om återkallelser är äldre än policyn tillåter.",
        "design 3: freshness",
    ),
    "status.unanchored": Reason(
        "The issuer has no such status list on the chain.",
        "Utfärdaren har ingen sådan statuslista på kedjan.",
        "design 4: StatusRegistry",
    ),
    "status.unavailable": Reason(
        "The status of the credential could not be looked up.",
        "Intygets status kunde inte slås upp.",
        "design 3: Unavailable",
    ),
    "status.value": Reason(
        "The status entry has a value without a registered meaning.",
        "Statusplatsen har ett värde utan fastställd innebörd.",
        "Token Status List 7.1",
    ),
    "store.erased": Reason(
        "The person's key is gone: what was sealed under it stays unreadable.",
        "Personens nyckel är borta: det som förseglats med den förblir oläsbart.",
        "design 6: sealing",
    ),
    "store.full": Reason(
        "The status lists have no free entry left.",
        "Statuslistorna har ingen ledig plats kvar.",
        "Token Status List 13",
    ),
    "store.low": Reason(
        "Few free entries are left in the status lists; open another list.",
        "Få lediga platser är kvar i statuslistorna; öppna en lista till.",
        "Token Status List 13",
    ),
    "store.schema": Reason(
        "The database is not at this version's schema: run migrate.",
        "Databasen har inte den här versionens schema: kör migrate.",
        "design 6",
    ),
    "store.sealed": Reason(
        "What was sealed does not open: it was changed, moved, or is under another key.",
        "Det förseglade går inte att öppna: det är ändrat, flyttat eller under en annan nyckel.",
        "NIST SP 800-38D",
    ),
    "validity.expired": Reason(
        "The credential has expired.", "Intyget har gått ut.", "RFC 7519 4.1.4; VCDM 2.0 4.9"
    ),
    "validity.not_yet": Reason(
        "The credential is not valid yet.", "Intyget gäller inte ännu.", "RFC 7519 4.1.5; VCDM 2.0 4.9"
    ),
    "vc.context": Reason(
        "The document's contexts are not an ordered set with the base context of VC Data Model 2.0 first.",
        "Dokumentets kontexter är inte en ordnad mängd med bas-kontexten för VC Data Model 2.0 först.",
        "VC Data Model 2.0 4.3",
    ),
    "vc.credential": Reason(
        "The presentation's credentials are not credential objects.",
        "Uppvisningens intyg är inte intygsobjekt.",
        "VC Data Model 2.0 4.13",
    ),
    "vc.envelope": Reason(
        "The envelope does not hold a credential or presentation in a format we know.",
        "Kuvertet innehåller inget intyg och ingen uppvisning i ett format som vi känner.",
        "VC Data Model 2.0 4.13.1, 4.13.2",
    ),
    "vc.evidence": Reason(
        "The credential's evidence is malformed or has no type.",
        "Intygets underlag är felaktigt eller saknar typ.",
        "VC Data Model 2.0 5.6",
    ),
    "vc.holder": Reason(
        "The presentation's holder is not named by a URL.",
        "Uppvisningens innehavare anges inte med en URL.",
        "VC Data Model 2.0 4.13",
    ),
    "vc.id": Reason(
        "The document's id is not one absolute URL.",
        "Dokumentets id är inte en enda absolut URL.",
        "VC Data Model 2.0 4.4",
    ),
    "vc.issuer": Reason(
        "The credential's issuer is not named by a URL.",
        "Intygets utfärdare anges inte med en URL.",
        "VC Data Model 2.0 4.7",
    ),
    "vc.name": Reason(
        "A name or description is neither a text nor a text with its language.",
        "Ett namn eller en beskrivning är varken en text eller en text med språk.",
        "VC Data Model 2.0 4.6, 11.1",
    ),
    "vc.null": Reason(
        "The document holds a null, which a processor drops silently.",
        "Dokumentet innehåller null, som en tolk tyst utelämnar.",
        "JSON-LD 1.1 API 5.1",
    ),
    "vc.proof": Reason(
        "A proof of the document is not an object with a type.",
        "Ett bevis på dokumentets äkthet är inte ett objekt med typ.",
        "VC Data Model 2.0 4.12",
    ),
    "vc.refresh": Reason(
        "A refresh service of the credential is malformed or has no type.",
        "En förnyelsetjänst i intyget är felaktig eller saknar typ.",
        "VC Data Model 2.0 5.4",
    ),
    "vc.reserved": Reason(
        "A confidence or render method is malformed or has no type.",
        "En metod för tillit eller visning är felaktig eller saknar typ.",
        "VC Data Model 2.0 5.10",
    ),
    "vc.resource": Reason(
        "A related resource has no id, or no digest that can be checked.",
        "En tillhörande resurs saknar id eller en kontrollsumma som går att pröva.",
        "VC Data Model 2.0 5.3",
    ),
    "vc.resource_digest": Reason(
        "A related resource is not the one that the issuer meant.",
        "En tillhörande resurs är inte den som utfärdaren avsåg.",
        "VC Data Model 2.0 5.3",
    ),
    "vc.schema": Reason(
        "A schema that the credential names has no type or no id.",
        "Ett schema som intyget anger saknar typ eller id.",
        "VC Data Model 2.0 4.11",
    ),
    "vc.schema_mismatch": Reason(
        "The credential does not fit the schema that it names.",
        "Intyget stämmer inte med det schema som det anger.",
        "VC JSON Schema 3.2",
    ),
    "vc.schema_unavailable": Reason(
        "A schema that the credential names is not at hand.",
        "Ett schema som intyget anger finns inte till hands.",
        "VC Data Model 2.0 4.11",
    ),
    "vc.seal": Reason(
        "The credential or presentation cannot be made as asked.",
        "Intyget eller uppvisningen kan inte göras som begärt.",
        "VC Data Model 2.0 4",
    ),
    "vc.self_asserted": Reason(
        "A credential has no proof of its own, and its issuer is not the presentation's holder.",
        "Ett intyg är inte säkrat för sig, och dess utfärdare är inte den som visar upp det.",
        "VC Data Model 2.0 4.13.4",
    ),
    "vc.status": Reason(
        "The credential's status entries are malformed, or not those of its kind.",
        "Intygets statusposter är felaktiga eller inte av rätt slag.",
        "VC Data Model 2.0 4.10; Bitstring Status List 1.0 2.1",
    ),
    "vc.subject": Reason(
        "The credential does not say anything of a subject, or its subject has no proper id.",
        "Intyget säger inget om någon, eller så är dess id felaktigt.",
        "VC Data Model 2.0 4.8",
    ),
    "vc.terms": Reason(
        "The terms of use are malformed or have no type.",
        "Användningsvillkoren är felaktiga eller saknar typ.",
        "VC Data Model 2.0 5.5",
    ),
    "vc.type": Reason(
        "The document's types are missing, malformed or not those that are wanted.",
        "Dokumentets typer saknas, är felaktiga eller inte de som krävs.",
        "VC Data Model 2.0 4.5",
    ),
    "vc.validity": Reason(
        "The credential's validity is not a span between two points in time.",
        "Intygets giltighet är inte ett spann mellan två tidpunkter.",
        "VC Data Model 2.0 4.9",
    ),
    "vc_api.bound": Reason(
        "The credential is bound to secrets of its holder, which are not taken here.",
        "Intyget är bundet till innehavarens hemligheter, som inte tas emot här.",
        "VC Data Integrity BBS 1.0 3.3.3",
    ),
    "vc_api.issuer": Reason(
        "The document names an issuer or a holder in whose name nothing is signed here.",
        "Dokumentet anger en utfärdare eller innehavare i vars namn inget undertecknas här.",
        "VC API: issue credential",
    ),
    "vc_api.option": Reason(
        "The request has an option that is not known here or cannot be met.",
        "Förfrågan har ett val som inte är känt här eller inte kan uppfyllas.",
        "VCALM: error handling",
    ),
    "vc_api.status": Reason(
        "The credential has a status entry already, and this issuer gives its own.",
        "Intyget har redan en statuspost, och den här utfärdaren ger en egen.",
        "VC API: issue credential",
    ),
    "vc_api.type": Reason(
        "The credential is of a type that is not issued through this interface.",
        "Intyget är av en typ som inte utfärdas genom detta gränssnitt.",
        "VC API: issue credential",
    ),
    "vc_jose.claims": Reason(
        "A registered claim contradicts the credential, or may not stand beside it.",
        "Ett registrerat anspråk motsäger intyget eller får inte stå bredvid det.",
        "VC-JOSE-COSE 1.1.2.1, 3.1.3, 4.1",
    ),
    "vc_jose.content_type": Reason(
        "The envelope says that it holds something else than is wanted here.",
        "Kuvertet säger att det innehåller något annat än det som behövs här.",
        "VC-JOSE-COSE 3",
    ),
    "vc_jose.embedded": Reason(
        "What stands in this presentation is not in an envelope of its own.",
        "Det som finns i uppvisningen ligger inte i ett eget kuvert.",
        "VC-JOSE-COSE 3.1.2",
    ),
    "verification.depth": Reason(
        "The presentation is nested deeper than we accept.",
        "Uppvisningen är nästlad djupare än vi godtar.",
        "design 3: at most 2 deep",
    ),
    "verification.empty": Reason(
        "The presentation holds no credential.", "Uppvisningen innehåller inget intyg.", "OpenID4VP 1.0 8.6"
    ),
    "verification.format": Reason(
        "There is no check for this format here.",
        "Det finns ingen kontroll för det här formatet.",
        "OpenID4VP 1.0 annex B",
    ),
    "verification.incomplete": Reason(
        "A check that must be made was not made.",
        "En kontroll som måste göras blev inte gjord.",
        "design 3: numbered checks",
    ),
    "verification.nested": Reason(
        "Something is nested in the presentation that has no place there.",
        "Något som inte hör hemma där är nästlat i uppvisningen.",
        "design 3: Inner",
    ),
    "verification.rounds": Reason(
        "The check kept asking for more.",
        "Kontrollen slutade inte fråga efter mer.",
        "design 3: a few rounds",
    ),
    "verification.seal": Reason(
        "Only a verification makes an acceptance.",
        "Bara en kontroll ger ett godkännande.",
        "design 3: Accepted",
    ),
    "verifier.bundle": Reason(
        "The bundle is malformed.",
        "Paketet är felaktigt.",
        "design 3: a saved bundle",
    ),
    "verifier.follower": Reason(
        "A thread that keeps the verifier up to date has ended; the log says why. Start it again.",
        "En tråd som håller verifieraren aktuell har avslutats; loggen säger varför. Starta om.",
        "verifier guide",
    ),
    "verifier.store": Reason(
        "A stored result cannot be opened.",
        "Ett sparat resultat går inte att öppna.",
        "verifier guide",
    ),
    "wallet.blocking": Reason(
        "The issuer did not block: reference or code is wrong, or it was tried too often.",
        "Utfärdaren spärrade inte: referens eller kod är fel, eller för många försök.",
        "wallet guide",
    ),
    "wallet.browser": Reason(
        "The browser did not come back. Nothing was issued; open the offer again.",
        "Webbläsaren kom inte tillbaka. Inget utfärdades; öppna erbjudandet igen.",
        "RFC 8252 7.3",
    ),
    "wallet.busy": Reason(
        "The wallet is taking credentials already, in another window.",
        "Plånboken håller redan på att ta emot intyg, i ett annat fönster.",
        "wallet guide",
    ),
    "wallet.changed": Reason(
        "What you chose was shown, renewed or removed in another window: nothing was sent. Try again.",
        "Det du valde har visats, förnyats eller tagits bort i ett annat fönster: inget skickades. Gör om.",
        "wallet guide",
    ),
    "wallet.damaged": Reason(
        "A record in the vault cannot be read.",
        "En post i valvet går inte att läsa.",
        "wallet guide",
    ),
    "wallet.declined": Reason(
        "The person said no.",
        "Personen sade nej.",
        "wallet guide",
    ),
    "wallet.home": Reason(
        "The wallet's folder is not what the wallet left there.",
        "Plånbokens mapp är inte som plånboken lämnade den.",
        "wallet guide",
    ),
    "wallet.issuer_not_named": Reason(
        "This issuer is on no chain, and nobody has named it to this wallet for this type of credential. "
        "If you have its DID, types and lists from the issuer itself, and not with the offer, name it "
        "(`clicid-wallet name-issuer`) and ask it for a new offer.",
        "Utfärdaren finns inte på någon kedja, och ingen har angett den för plånboken för den här typen av "
        "intyg. Om du har dess DID, typer och listor från utfärdaren själv, och inte med erbjudandet: ange "
        "den (`clicid-wallet name-issuer`) och be den om ett nytt erbjudande.",
        "ADR 0030",
    ),
    "wallet.named": Reason(
        "An issuer cannot be named so.",
        "En utfärdare kan inte anges så.",
        "wallet guide",
    ),
    "wallet.no_renewal": Reason(
        "This credential cannot be renewed by itself: ask its issuer for a new offer.",
        "Det här intyget kan inte förnyas av sig självt: be utfärdaren om ett nytt erbjudande.",
        "OpenID4VCI 13.5",
    ),
    "wallet.not_ready": Reason(
        "The issuer needs more time. The wallet remembers: run `clicid-wallet resume` later.",
        "Utfärdaren behöver mer tid. Plånboken kommer ihåg: kör `clicid-wallet resume` senare.",
        "OpenID4VCI 9",
    ),
    "wallet.offer_code": Reason(
        "The issuer does not take the code: it is wrong, or the offer was used or has expired.",
        "Utfärdaren godtar inte koden: den är fel, eller erbjudandet är använt eller har gått ut.",
        "OpenID4VCI 6.3",
    ),
    "wallet.other_format": Reason(
        "The credential came in another form than its format has.",
        "Intyget kom i en annan form än dess format har.",
        "OpenID4VCI A",
    ),
    "wallet.other_type": Reason(
        "The credential is of another type than was offered.",
        "Intyget är av en annan typ än den som erbjöds.",
        "OpenID4VCI 8.3",
    ),
    "wallet.picture": Reason(
        "There is no QR code in the picture, or it is no picture that the wallet opens.",
        "Det finns ingen QR-kod i bilden, eller så är det ingen bild som plånboken öppnar.",
        "wallet guide",
    ),
    "wallet.picture_several": Reason(
        "There are several QR codes in the picture: cut out the one that is meant.",
        "Det finns flera QR-koder i bilden: klipp ut den som avses.",
        "wallet guide",
    ),
    "wallet.port": Reason(
        "The port to which the browser should come back is taken.",
        "Porten som webbläsaren ska komma tillbaka till är upptagen.",
        "wallet guide",
    ),
    "wallet.unknown": Reason(
        "The wallet holds no such credential, or the name fits several.",
        "Plånboken har inget sådant intyg, eller så passar namnet på flera.",
        "wallet guide",
    ),
    "wallet_provider.challenge": Reason(
        "The challenge is unknown, used or has expired.",
        "Utmaningen är okänd, använd eller har gått ut.",
        "draft-ietf-oauth-attestation-based-client-auth 1",
    ),
    "wallet_provider.code": Reason(
        "The enrolment code is unknown, used or has expired.",
        "Registreringskoden är okänd, använd eller har gått ut.",
        "draft-ietf-oauth-attestation-based-client-auth 1",
    ),
    "wallet_provider.instance": Reason(
        "The wallet is not registered with this provider, or was revoked.",
        "Plånboken är inte registrerad hos leverantören, eller så är den spärrad.",
        "draft-ietf-oauth-attestation-based-client-auth 1",
    ),
    "wallet_provider.key": Reason(
        "A key to be attested lacks its proof, is given twice, or belongs to another wallet.",
        "En nyckel som ska intygas saknar bevis, anges två gånger eller hör till en annan plånbok.",
        "OpenID4VCI D",
    ),
    "wallet_provider.remote": Reason(
        "The wallet provider turned the request down.",
        "Plånboksleverantören avvisade begäran.",
        "draft-ietf-oauth-attestation-based-client-auth 1",
    ),
    "wallet_provider.request": Reason(
        "The request to the wallet provider is malformed.",
        "Begäran till plånboksleverantören är felaktig.",
        "draft-ietf-oauth-attestation-based-client-auth 1",
    ),
}
