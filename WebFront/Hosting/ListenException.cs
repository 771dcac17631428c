using Microsoft.AspNetCore.Connections;

namespace OrleansGateway;

/// <summary>A process cannot listen where its settings tell it to; the message says why, and which settings.</summary>
/// <param name="settings">Those that say where.</param>
/// <param name="cause">What Kestrel says.</param>
internal sealed class ListenException(string settings, Exception cause) : Exception(Text(settings, cause), cause)
{
    private static string Text(string settings, Exception cause) => cause is IOException { InnerException: AddressInUseException }
        ? $"{cause.Message} Another program listens there: stop it, or choose other ports ({settings})."
        : $"This process cannot listen as it is told to ({settings}): {FirstLine(cause.Message)}";

    // How developers come by a certificate is told after it.
    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd();
}
