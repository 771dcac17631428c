namespace OrleansGateway.Tests.Model;

/// <summary>Words for the steps of a trace.</summary>
internal static class Narrator
{
    public static string Tell(Step step, int subject, bool stale)
    {
        var request = subject + 1;
        var hold = $"{(subject / 2) + 1}/{(subject % 2) + 1}";
        var tenant = stale ? "a tenant activation that is behind" : "the tenant";
        return step switch
        {
            Step.Reserve => $"request {request} asks {tenant} for a hold",
            Step.AskerTimeOut => $"the asker of request {request} waits no longer",
            Step.AskerDies => $"the asker of request {request} crashes",
            Step.Answer => $"the upstream answers request {request} and bills it",
            Step.UpstreamRefusesForGood => $"the upstream refuses request {request} and bills nothing",
            Step.OutcomeUnknown => $"the connection breaks; the upstream has not billed request {request}",
            Step.OutcomeUnknownBilled => $"the connection breaks; the upstream has billed request {request}",
            Step.NothingMoreTried => $"pool {request} tries nothing more",
            Step.TellEarly => $"the store is away too long: pool {request} tells its caller before the posting is in",
            Step.Keep => $"pool {request}'s answer is kept",
            Step.KeptConfirmed => $"pool {request} goes on to post",
            Step.KeptLate => $"pool {request} keeps its answer after posting",
            Step.PoolTimeOut => $"pool {request} waits no longer",
            Step.PoolDies => $"pool {request} crashes",
            Step.PoolDiesBilled => $"pool {request} crashes, and the upstream bills its call",
            Step.PostAtTenant => $"a posting of hold {hold} reaches {tenant}",
            Step.VoidAtTenant => $"a void of hold {hold} reaches {tenant}",
            Step.SuspendAtTenant => $"a suspense of hold {hold} reaches {tenant}",
            Step.RenewAtTenant => $"a renewal of hold {hold} reaches {tenant}",
            Step.GhostReserve => $"a call for a hold that request {request} no longer waits for reaches {tenant}",
            Step.GhostRenew => $"a renewal that pool {request} no longer waits for reaches {tenant}",
            Step.GhostLost => $"a late call of request {request} is lost",
            Step.Load => "a new activation of the tenant reads the book",
            Step.ActivationDies => stale ? "the activation that is behind ends" : "the tenant's silo crashes",
            Step.Sweep => $"the deadline of hold {hold} passes and {tenant} sweeps it",
            Step.Confirmed => $"the append of hold {hold} lands and is confirmed",
            Step.AcknowledgementLost => $"the append of hold {hold} lands, its confirmation is lost, the activation ends",
            Step.NotConfirmed => $"the append of hold {hold} is not confirmed and may yet land; the activation ends",
            Step.OrphanLands => $"the append of hold {hold} lands late",
            Step.OrphanIsLost => $"the late append of hold {hold} is lost",
            _ => step.ToString(),
        };
    }
}
