namespace OrleansGateway;

/// <summary>Settings that keep the process from starting; the message lists every fault.</summary>
internal sealed class SettingsException(IReadOnlyCollection<string> faults) : Exception(Text(faults))
{
    public IReadOnlyCollection<string> Faults { get; } = faults;

    private static string Text(IReadOnlyCollection<string> faults) =>
        (faults.Count == 1 ? "A setting is wrong:" : $"{faults.Count} settings are wrong:") + string.Concat(faults.Select(fault => $"{Environment.NewLine}  - {fault}"));
}
