import SampleEvidence
import Testing

@testable import Correlation

@Suite struct KernelStartsTests {
  @Test func everyBootAggregateBehindTheFirstRecordIsAKernelsStart() {
    let names = ["boot_aggregate", "/a", "boot_aggregate", "/boot_aggregate", "/b", "boot_aggregate"]
    #expect(madeList(names.map { MadeRecord($0) }).log.kernelStarts == [2, 5])
    #expect(madeList([MadeRecord("boot_aggregate")]).log.kernelStarts.isEmpty)
    #expect(madeList([]).log.kernelStarts.isEmpty)
  }
}
