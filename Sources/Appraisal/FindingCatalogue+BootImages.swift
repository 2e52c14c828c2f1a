extension FindingCode {
  var bootImageEntry: Entry {
    switch self {
    case .eventRevokedImage:
      Entry(
        .critical, .untrusted,
        "A boot loader, kernel or driver was loaded that a revocation list (dbx) forbids: the one that the log itself measured, or one that was given.",
        causes:
          "Secure Boot was off, the list came after the image was last started, or a revoked loader was brought in to get around Secure Boot.",
        next:
          "Replace the image, see whether Secure Boot was on (PCR 7), and treat what that boot started as in an attacker's hands until the opposite is shown."
      )
    case .eventRevokedGeneration:
      Entry(
        .warning, .inconclusive,
        "The SBAT section of a known boot image names a generation below the one that the SbatLevel of the same log demands: shim would refuse to start it.",
        causes:
          "Secure Boot was off, so that shim checked nothing, or the level was raised after the image was started.",
        next: "Update the image's package, and see in PCR 7 whether Secure Boot was on.")
    case .eventUnknownImage:
      Entry(
        .warning, .none,
        "No reference has the Authenticode digest of an image that was measured in the boot.",
        causes:
          "Its package is not among the references, it was built or signed on the site (a unified kernel image), or it is not the vendor's.",
        next:
          "Add the package with 'inquest references build'. The policy's scope.boot says whether an unknown image may pass."
      )
    case .eventSupersededImage:
      Entry(
        .warning, .none, "A boot image is that of a package of which a newer version was out at the date in question.",
        causes: "The machine was not updated, was not restarted since, or its firmware still starts an old loader.",
        next: "Read what the newer version was published for; old boot loaders are revoked for their faults.")
    default: preconditionFailure("\(rawValue) is no code about boot images")
    }
  }
}
