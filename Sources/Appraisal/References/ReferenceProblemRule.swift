import ReferenceManifests
import ReferenceStore

/// What was wrong with the sources when the store was built is said again.
struct ReferenceProblemRule {
  static let id = "reference"

  static func findings(in reviewed: ReviewedStore) -> [ReferenceFinding] {
    reviewed.problems.map { problem in
      ReferenceFinding(
        problem.kind.findingCode, store: reviewed.name, source: problem.source, subject: problem.subject,
        offset: problem.offset, message: problem.message, expected: problem.expected, actual: problem.actual)
    }
  }
}
