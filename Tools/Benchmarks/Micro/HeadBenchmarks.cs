using System.Text;
using BenchmarkDotNet.Attributes;

namespace OrleansGateway.Benchmarks;

/// <summary>What the front reads of a request before it asks anyone.</summary>
public class HeadBenchmarks
{
    private byte[] _body = [];

    /// <summary>Length of the question.</summary>
    [Params(800, 100_000)]
    public int PromptBytes { get; set; }

    [GlobalSetup]
    public void SetUp() => _body = Encoding.UTF8.GetBytes(
        $$$"""{"model":"gpt-4.1","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"{{{new string('x', PromptBytes)}}}"}]"""
        + ""","temperature":0.2,"max_tokens":256,"user":"customer-48213","stream":true,"stream_options":{"include_usage":true}}""");

    [Benchmark(Description = "read a request's head")]
    public object? Read() => ChatHeadReader.Read(_body, out _);
}
