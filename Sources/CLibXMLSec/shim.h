/* Names the library to the package manager. Only CXMLSignature, which is C, includes its headers: they need definitions that
 * must not reach Swift. */
