import ArgumentParser

/// The numbers that scripts rely on (README, "Exit status").
extension ExitCode {
  static let untrusted = ExitCode(1)
  static let inconclusive = ExitCode(2)
  static let notEvidence = ExitCode(65)
  static let inputMissing = ExitCode(66)
  static let internalError = ExitCode(70)
  static let outputFailed = ExitCode(74)
}
