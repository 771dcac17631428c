using System.Runtime.InteropServices;
using OrleansGateway.Soak;

SoakOptions options;
try
{
    options = SoakOptions.Parse(args, Random.Shared.Next(1, 1_000_000));
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message}\n{SoakOptions.Usage}");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return options switch
{
    { Spike: > 0 } => await SpikeRun.RunAsync(options, TimeProvider.System, stop.Token),
    { HangUps: > 0 } => await DisconnectRun.RunAsync(options, TimeProvider.System, stop.Token),
    _ => await SoakRun.RunAsync(options, TimeProvider.System, stop.Token),
};

// A second signal is obeyed at once.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
