export type {
  AwsCredentialIdentity,
  AzureAccessToken,
  AzureTokenCredential,
  GoogleAuthClient,
  ProviderOptions,
} from './cloud/cloud-providers.ts'
export {
  awsCredentialProvider,
  azureTokenCredential,
  googleAuthClient,
} from './cloud/cloud-providers.ts'
