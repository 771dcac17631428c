using System.Runtime.InteropServices;
using OrleansGateway.LoadTest;

if (args is ["--help" or "-h" or "help", ..])
{
    Console.WriteLine(LoadTestOptions.Usage);
    return 0;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var options = LoadTestOptions.Parse(args, Environment.GetEnvironmentVariable("GATEWAY_ADMIN_KEY"));
    return await LoadTestRun.RunAsync(options, Console.Out, TimeProvider.System, stop.Token);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message} --help lists the options.");
}
catch (HttpRequestException e)
{
    Console.Error.WriteLine(e.Message);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped before it was done.");
}
return 2;

// A second signal is obeyed at once.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
