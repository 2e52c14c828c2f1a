import Appraisal

/// Short names within one boot, for pictures and tables: `Q1`, `Q2` for quotes, `R1` for unsigned register files.
struct SourceLabels {
  private var labels: [String: String] = [:]

  /// Quotes in the order of the captures first; then whatever else the logs were compared with.
  init(of boot: AttestationResult.Boot) {
    var quoteCount = 0
    var registerCount = 0
    for quote in boot.captures.flatMap(\.quotes) where labels[quote.file] == nil {
      quoteCount += 1
      labels[quote.file] = "Q\(quoteCount)"
    }
    for match in boot.captures.flatMap(\.logs).flatMap(\.matches) where labels[match.source.path] == nil {
      switch match.source {
      case .quote:
        quoteCount += 1
        labels[match.source.path] = "Q\(quoteCount)"
      case .against:
        registerCount += 1
        labels[match.source.path] = "R\(registerCount)"
      }
    }
  }

  /// The name of a file; its path when it has none.
  subscript(path: String) -> String { labels[path] ?? path }
}
