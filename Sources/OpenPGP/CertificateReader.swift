import ByteReading
import CLibRNP

/// What librnp found out about one key or subkey of a certificate: whether its self-signatures and bindings hold.
struct KeyValidity: Equatable {
  /// Seconds since 1970-01-01 after which it is not valid: `UInt64.max` when never, 0 when it never was.
  var validUntil: UInt64
  /// Its own flags allow signatures over data; for a subkey its back signature holds, too.
  var canSign: Bool
  var revocation: Revocation?
}

/// A revocation that the certificate carries and that holds.
struct Revocation: Equatable {
  /// Seconds since 1970-01-01; nil when it does not say.
  var time: UInt32?
  /// The reason that it gives; may be empty.
  var reason: String
  /// Superseded or retired: signatures from before it stay good. Anything else takes the key's word for nothing.
  ///
  /// Source: RFC 9580, section 5.2.3.31.
  var isSoft: Bool
}

/// One certificate in librnp's hands. It judges the certificate's own signatures; signatures over documents are verified
/// by us, because librnp does not look at those of a key that has expired or is revoked.
///
/// Safe: the handle belongs to this value alone, which cannot be copied, and is used by one thread at a time.
@safe struct CertificateReader: ~Copyable {
  private let ffi: rnp_ffi_t
  /// In place of today: the last moment that OpenPGP can write. Nothing may hang on when the evidence is looked at.
  private static let referenceTime = UInt64(UInt32.max)

  init?() {
    var created: rnp_ffi_t?
    // Safe: the callee fills the handle; the texts live through the call.
    guard unsafe rnp_ffi_create(&created, "GPG", "GPG") == 0, let handle = unsafe created else { return nil }
    unsafe ffi = handle
    // The built-in rules hang on dates. MD5 shows nothing at any time; SHA-1 is told where it stands in a signature.
    let removesAll = UInt32(1) << 16
    let overrides: UInt32 = 1
    let insecure: UInt32 = 1
    // Safe: texts live through the calls; NULL stands for every rule, and for not asking how many there were.
    unsafe rnp_remove_security_rule(handle, nil, nil, 0, removesAll, 0, nil)
    unsafe rnp_add_security_rule(handle, "hash algorithm", "MD5", overrides, 0, insecure)
    unsafe rnp_set_timestamp(handle, Self.referenceTime)
  }

  deinit { unsafe rnp_ffi_destroy(ffi) }

  /// Takes a certificate's packets, or more of one that it already has; false when librnp finds no key in them.
  func load(_ packets: [UInt8]) -> Bool {
    var input: rnp_input_t?
    // Safe: librnp copies the bytes before it returns, and the input is destroyed on every way out.
    guard unsafe rnp_input_from_memory(&input, packets, packets.count, true) == 0 else { return false }
    defer { unsafe rnp_input_destroy(input) }
    let publicKeys: UInt32 = 1
    let isPermissive = UInt32(1) << 8
    // Safe: both handles are live; NULL stands for no report.
    return unsafe rnp_import_keys(ffi, input, publicKeys | isPermissive, nil) == 0
  }

  /// What is known of the key of this fingerprint; nil when librnp did not take it.
  func validity(of fingerprint: [UInt8]) -> KeyValidity? {
    // Safe: the handle lives as long as the closure runs.
    unsafe withKey(fingerprint) { key in
      var validUntil: UInt64 = 0
      var canSign = false
      // Safe: the key is live, and the results are the callee's to fill.
      guard unsafe rnp_key_valid_till64(key, &validUntil) == 0, unsafe rnp_key_allows_usage(key, "sign", &canSign) == 0
      else { return nil }
      return KeyValidity(validUntil: validUntil, canSign: canSign, revocation: unsafe revocation(of: key))
    } ?? nil
  }

  /// User ids whose self-signatures hold, escaped, in the order of the certificate.
  func userIDs(of fingerprint: [UInt8]) -> [String] {
    // Safe: the handle lives as long as the closure runs.
    unsafe withKey(fingerprint) { key in
      var count = 0
      // Safe: the key is live; the count is the callee's to fill.
      guard unsafe rnp_key_get_uid_count(key, &count) == 0 else { return [] }
      return (0..<count).compactMap { unsafe userID(of: key, at: $0) }
    } ?? []
  }

  private func withKey<Value>(_ fingerprint: [UInt8], _ body: (rnp_key_handle_t) -> Value) -> Value? {
    var found: rnp_key_handle_t?
    // Safe: the texts live through the call; the handle is destroyed after its only use.
    guard unsafe rnp_locate_key(ffi, "fingerprint", hexText(fingerprint), &found) == 0, let key = unsafe found else {
      return nil
    }
    defer { unsafe rnp_key_handle_destroy(key) }
    return unsafe body(key)
  }
}

private func revocation(of key: rnp_key_handle_t) -> Revocation? {
  var isRevoked = false
  // Safe: the key is live in every call here, and results are the callee's to fill.
  guard unsafe rnp_key_is_revoked(key, &isRevoked) == 0, isRevoked else { return nil }
  var isSuperseded = false
  var isRetired = false
  unsafe rnp_key_is_superseded(key, &isSuperseded)
  unsafe rnp_key_is_retired(key, &isRetired)
  var reason: UnsafeMutablePointer<CChar>?
  unsafe rnp_key_get_revocation_reason(key, &reason)
  return Revocation(
    time: unsafe revocationTime(of: key), reason: unsafe text(taking: reason), isSoft: isSuperseded || isRetired)
}

private func revocationTime(of key: rnp_key_handle_t) -> UInt32? {
  var found: rnp_signature_handle_t?
  // Safe: the key is live; the signature's handle is destroyed after its only use.
  guard unsafe rnp_key_get_revocation_signature(key, &found) == 0, let signature = unsafe found else { return nil }
  defer { unsafe rnp_signature_handle_destroy(signature) }
  var time: UInt32 = 0
  return unsafe rnp_signature_get_creation(signature, &time) == 0 ? time : nil
}

private func userID(of key: rnp_key_handle_t, at index: Int) -> String? {
  var found: rnp_uid_handle_t?
  // Safe: the key is live; the handle is destroyed on every way out and the text is copied and freed.
  guard unsafe rnp_key_get_uid_handle_at(key, index, &found) == 0, let handle = unsafe found else { return nil }
  defer { unsafe rnp_uid_handle_destroy(handle) }
  var isValid = false
  var name: UnsafeMutablePointer<CChar>?
  guard unsafe rnp_uid_is_valid(handle, &isValid) == 0, isValid, unsafe rnp_key_get_uid_at(key, index, &name) == 0
  else { return nil }
  return unsafe text(taking: name)
}

/// Escaped text of a string of librnp's, which is freed; empty for NULL.
private func text(taking string: UnsafeMutablePointer<CChar>?) -> String {
  guard let string = unsafe string else { return "" }
  defer { unsafe rnp_buffer_destroy(string) }
  // Safe: librnp's strings end with NUL.
  return unsafe escapedText(String(cString: string).utf8)
}
