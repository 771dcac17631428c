namespace OrleansGateway.Simulator;

/// <summary>The bill at one moment; <see cref="Totals"/> also counts lines too old to be in <see cref="Calls"/>.</summary>
public sealed record BillSnapshot(IReadOnlyList<BilledCall> Calls, IReadOnlyDictionary<string, BillTotal> Totals);
