using OrleansGateway;

return args is [CertificatesCommand.Name, .. var rest] ? await CertificatesCommand.RunAsync(rest) : await SiloHost.RunAsync(args);
