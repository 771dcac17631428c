using BenchmarkDotNet.Attributes;

namespace OrleansGateway.Benchmarks;

/// <summary>What the pool reads of an answer, and what it charges for it.</summary>
public class UsageBenchmarks
{
    private static readonly byte[] Answer = FixedAnswers.Completion;

    private PlanTarget _target = null!;
    private ProviderPlan _plan = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var account = new BenchmarkTenant();
        _plan = account.Granted().Plan;
        _target = _plan.Targets[0];
    }

    [Benchmark(Description = "find an answer's usage and judge it")]
    public long Judge()
    {
        AnswerScan.TryScan(Answer, out var scan);
        return UsageMeter.Judge(scan.Usage, ModelKind.Chat, _plan, _target, scan.ContentBytes).Usage.Output;
    }
}
