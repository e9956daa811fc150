// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sig} from "./Signed.sol";

/// @notice An account's word that it wants part of its stake back; signed (EIP-712).
/// @param account Whose stake, and who signs.
/// @param amount In wei.
/// @param nonce The account's `nonces` value, so that a request works once.
struct Unstake {
    address account;
    uint256 amount;
    uint256 nonce;
}

/// @title IStaking
/// @notice Holds PRIV that users put behind their reputation. Only the staker can ask for it back, and only the staker
/// receives it; there is no slashing and no owner. Anyone may relay the signed calls.
interface IStaking {
    /// @notice The account's stake grew.
    /// @param account Whose stake.
    /// @param amount By how much, in wei.
    /// @param stake What is staked now, in wei.
    event Staked(address indexed account, uint256 amount, uint256 stake);
    /// @notice Part of a stake went into cooldown.
    /// @param account Whose stake.
    /// @param amount How much, in wei.
    /// @param stake What is left staked, in wei.
    /// @param releaseAt First second, unix time, at which all that is in cooldown can be withdrawn.
    event UnstakeRequested(address indexed account, uint256 amount, uint256 stake, uint64 releaseAt);
    /// @notice What was in cooldown went back to the account.
    /// @param account Whose stake it was, and who received it.
    /// @param amount In wei.
    event Withdrawn(address indexed account, uint256 amount);

    /// @notice Nothing to move.
    error ZeroAmount();
    /// @notice The token would be nowhere.
    error ZeroToken();
    /// @notice The request is not signed by its account.
    error BadUnstakeSignature();
    /// @notice The request was used before, or is ahead of its turn.
    /// @param nonce The request's.
    /// @param expected The account's.
    error WrongNonce(uint256 nonce, uint256 expected);
    /// @notice The stake is smaller than the request.
    /// @param account Whose stake.
    /// @param stake What is staked, in wei.
    /// @param amount What was asked for, in wei.
    error InsufficientStake(address account, uint256 stake, uint256 amount);
    /// @notice The account has nothing in cooldown.
    /// @param account Whose stake.
    error NothingToWithdraw(address account);
    /// @notice The cooldown lasts.
    /// @param releaseAt First second, unix time, after it.
    error TooEarly(uint256 releaseAt);

    /// @notice Stakes with the account's ERC-3009 authorization, whoever sends it.
    /// @dev The authorization is ReceiveWithAuthorization(from = account, to = this, value = amount, validAfter = 0,
    /// validBefore, nonce = stakeNonce(...)). Reverts with ZeroAmount; then as the token does.
    /// @param account Whose stake grows, and who pays.
    /// @param amount In wei.
    /// @param validBefore First second, unix time, at which the authorization is void.
    /// @param salt Random, so that the same stake can be made twice.
    /// @param v Of the account's signature.
    /// @param r Of the account's signature.
    /// @param s Of the account's signature.
    function stakeWithAuthorization(
        address account,
        uint256 amount,
        uint256 validBefore,
        bytes32 salt,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Moves part of a stake into cooldown. It joins what is there already, and restarts the cooldown of all.
    /// @dev A request has no deadline: it stays good until it, or another with its nonce, is used. Reverts, in this
    /// order: BadUnstakeSignature, WrongNonce, ZeroAmount, InsufficientStake.
    /// @param request The account's word.
    /// @param sig The account's signature over it.
    function requestUnstake(Unstake calldata request, Sig calldata sig) external;

    /// @notice Sends what has cooled down to its account, whoever asks.
    /// @dev Reverts, in this order: NothingToWithdraw, TooEarly.
    /// @param account Whose stake.
    function withdraw(address account) external;

    /// @notice The authorization's nonce for a stake: binds chain, contract, account, amount, time and salt, so that
    /// the signature can be used for this stake alone.
    /// @param account Who pays.
    /// @param amount In wei.
    /// @param validBefore First second, unix time, at which the authorization is void.
    /// @param salt Random.
    /// @return The digest of Stake(account, amount, validBefore, salt).
    function stakeNonce(address account, uint256 amount, uint256 validBefore, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice What the account has staked, without what is in cooldown.
    /// @param account Whose stake.
    /// @return In wei.
    function stakeOf(address account) external view returns (uint256);

    /// @notice What is in cooldown.
    /// @param account Whose stake.
    /// @return amount In wei.
    /// @return releaseAt First second, unix time, at which it can be withdrawn.
    function cooldowns(address account) external view returns (uint192 amount, uint64 releaseAt);

    /// @notice The nonce of the account's next Unstake.
    /// @param account Whose stake.
    /// @return Counts the requests used.
    function nonces(address account) external view returns (uint256);
}
