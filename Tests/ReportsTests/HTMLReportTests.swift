import Foundation
import Reports
import TestSupport
import Testing

@Suite struct HTMLReportTests {
  private func page(_ sample: String) -> String {
    String(decoding: HTMLReport.render(SampleResult.named(sample)), as: UTF8.self)
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["INQUEST_SAVE_HTML"] != nil))
  func savesTheSamplesForTheEye() throws {
    let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["INQUEST_SAVE_HTML"] ?? "/tmp")
    for (name, result) in SampleResult.all {
      try Data(HTMLReport.render(result)).write(to: folder.appendingPathComponent(name + ".html"))
    }
  }
}
