import COpenSSL

/// The digest of one text after another in an OpenPGP hash algorithm; nil when it is not known here.
func openPGPDigest(_ hash: UInt8, _ first: [UInt8], _ second: [UInt8]) -> [UInt8]? {
  var out = [UInt8](repeating: 0, count: 64)
  // Safe: the arrays live through the call, their counts are passed, and 64 bytes hold the largest digest.
  let count = unsafe Int(cossl_openpgp_digest(hash, first, first.count, second, second.count, &out))
  return count > 0 ? Array(out.prefix(count)) : nil
}
