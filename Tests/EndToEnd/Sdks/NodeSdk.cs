using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>Runs the cases of <c>Tests/EndToEnd/node</c>, each in a process of its own.</summary>
internal static class NodeSdk
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private static readonly string Folder = Path.Combine(Root(), "Tests", "EndToEnd", "node");

    /// <summary>What the case says of itself once it has found all as it should be.</summary>
    public static async Task<JsonElement> RunAsync(string name, TestCaller caller, string script = "cases.mjs")
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "@langchain", "openai"))) Missing("The packages of Tests/EndToEnd/node are not installed");
        using var process = new Process { StartInfo = StartOf(script, name, caller) };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            Missing("Node.js is not installed");
        }

        using var deadline = new CancellationTokenSource(Timeout);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The case '{name}' did not end within {Timeout}.\n{await output}\n{await errors}");
        }

        Assert.True(process.ExitCode == 0, $"The case '{name}' ended with {process.ExitCode}.\n{await output}\n{await errors}");
        return JsonDocument.Parse((await output).TrimEnd().Split('\n')[^1]).RootElement;
    }

    private static ProcessStartInfo StartOf(string script, string name, TestCaller caller)
    {
        var start = new ProcessStartInfo("node", [script, name]) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // Nothing that the machine says about these services is meant for this gateway.
        foreach (var setting in start.Environment.Keys
                .Where(key => key.StartsWith("OPENAI_", StringComparison.Ordinal) || key.StartsWith("ANTHROPIC_", StringComparison.Ordinal))
                .ToList())
            start.Environment.Remove(setting);
        start.Environment["GATEWAY_URL"] = caller.Gateway.Address.ToString().TrimEnd('/');
        start.Environment["GATEWAY_KEY"] = caller.Key;
        start.Environment["SIMULATOR_URL"] = caller.Gateway.Simulator.BaseAddress.GetLeftPart(UriPartial.Authority);
        return start;
    }

    private static void Missing(string what)
    {
        var reason = $"{what}: run ./test.sh, which installs them.";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Skip(reason);
    }

    // The compiler's own paths are not the machine's in a build for CI.
    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "OrleansGateway.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder.FullName;
    }
}
